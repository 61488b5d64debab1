// SPDX-License-Identifier: Apache-2.0
#pragma once
/// MD5 and SHA-1 from OpenSSL, for the schemes that Apache built on them. They come from a library context of their
/// own, so that a system policy which forbids MD5 elsewhere does not lock users out here.
#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace gatehouse::htpasswd {

using Md5 = std::array<unsigned char, 16>;
using Sha1 = std::array<unsigned char, 20>;

class Digests {
 public:
  /// Throws std::runtime_error if OpenSSL has no default provider.
  Digests();

  /// Of the parts, one after the other. nullopt if OpenSSL fails. [any-thread]
  [[nodiscard]] std::optional<Sha1> sha1(std::string_view a, std::string_view b = {}) const noexcept;

  /// MD5 many times over with one context. Used by one thread.
  class Md5Run {
   public:
    explicit Md5Run(const Digests& digests);
    [[nodiscard]] bool hash(std::string_view text, Md5& out) noexcept;

   private:
    const EVP_MD* algorithm_;
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
  };

 private:
  std::unique_ptr<OSSL_LIB_CTX, decltype(&OSSL_LIB_CTX_free)> library_;
  std::unique_ptr<OSSL_PROVIDER, int (*)(OSSL_PROVIDER*)> provider_;
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> md5_;
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> sha1_;
};

}  // namespace gatehouse::htpasswd
