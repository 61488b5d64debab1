// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A public key and an algorithm, with all that OpenSSL looks up for them looked up once: that costs as much as
/// checking an RSA signature does.
#include <openssl/evp.h>

#include <memory>
#include <string_view>

#include "algorithm.hpp"

namespace gatehouse::oidc {

class PreparedCheck {
 public:
  /// Null if OpenSSL does not do this algorithm with this key.
  [[nodiscard]] static std::shared_ptr<const PreparedCheck> make(EVP_PKEY* key, Algorithm algorithm);

  /// `signature` as OpenSSL takes it: that of ECDSA in DER. [any-thread]
  [[nodiscard]] bool verify(std::string_view message, std::string_view signature) const;

 private:
  struct Free {
    void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD* digest) const noexcept { EVP_MD_free(digest); }
  };
  PreparedCheck() = default;

  std::unique_ptr<EVP_MD, Free> digest_;
  std::unique_ptr<EVP_PKEY_CTX, Free> context_;  ///< copied for each check, and never used itself
};

}  // namespace gatehouse::oidc
