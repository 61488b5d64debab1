// SPDX-License-Identifier: Apache-2.0
#include "digest.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>

#include <stdexcept>

namespace gatehouse::htpasswd {

Digests::Digests()
    : library_(OSSL_LIB_CTX_new(), &OSSL_LIB_CTX_free),
      provider_(library_ ? OSSL_PROVIDER_load(library_.get(), "default") : nullptr, &OSSL_PROVIDER_unload),
      md5_(nullptr, &EVP_MD_free),
      sha1_(nullptr, &EVP_MD_free) {
  if (provider_) {
    md5_.reset(EVP_MD_fetch(library_.get(), "MD5", nullptr));
    sha1_.reset(EVP_MD_fetch(library_.get(), "SHA1", nullptr));
  }
  ERR_clear_error();
  if (!md5_ || !sha1_) throw std::runtime_error("OpenSSL offers no MD5 or no SHA-1");
}

std::optional<Sha1> Digests::sha1(std::string_view a, std::string_view b) const noexcept {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  Sha1 out{};
  if (!context || EVP_DigestInit_ex2(context.get(), sha1_.get(), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), a.data(), a.size()) != 1 ||
      EVP_DigestUpdate(context.get(), b.data(), b.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), out.data(), nullptr) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  return out;
}

Digests::Md5Run::Md5Run(const Digests& digests)
    : algorithm_(digests.md5_.get()), context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {}

bool Digests::Md5Run::hash(std::string_view text, Md5& out) noexcept {
  // Initialising again with no algorithm reuses the one already set, which is far cheaper.
  const bool done = context_ && EVP_DigestInit_ex2(context_.get(), algorithm_, nullptr) == 1 &&
                    EVP_DigestUpdate(context_.get(), text.data(), text.size()) == 1 &&
                    EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) == 1;
  algorithm_ = nullptr;
  if (!done) ERR_clear_error();
  return done;
}

}  // namespace gatehouse::htpasswd
