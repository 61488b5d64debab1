// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A provider of tests: keys of every type, published as JWK, and tokens that are signed as asked, right or wrong.
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <algorithm.hpp>
#include <base64url.hpp>
#include <key.hpp>

namespace gatehouse::oidc::test {

inline void require_openssl(bool worked) {
  if (!worked) throw std::runtime_error("OpenSSL failed in a test");
}

inline std::string bignum(EVP_PKEY* key, const char* name, int size) {
  BIGNUM* number = nullptr;
  require_openssl(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  std::string bytes(static_cast<std::size_t>(size == 0 ? BN_num_bytes(number) : size), '\0');
  require_openssl(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) >
                  0);
  BN_free(number);
  return encode_base64url(bytes);
}

class Signer {
 public:
  static Signer rsa(std::string id, unsigned bits = 2048) {
    return Signer(std::move(id), EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)));
  }
  static Signer ec(std::string id, const char* curve = "P-256") {
    return Signer(std::move(id), EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
  }
  static Signer ed25519(std::string id) {
    return Signer(std::move(id), EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  }
  static Signer secret(std::string id, std::string bytes) {
    Signer signer(std::move(id), nullptr);
    signer.secret_ = std::move(bytes);
    return signer;
  }

  /// `more` is added to the members, such as R"(,"alg":"RS256")".
  [[nodiscard]] std::string jwk(const std::string& more = "") const {
    std::string members = id_.empty() ? "" : R"("kid":")" + id_ + R"(",)";
    if (!key_) {
      members += R"("kty":"oct","k":")" + encode_base64url(secret_) + '"';
    } else if (EVP_PKEY_is_a(key_.get(), "RSA") == 1) {
      members += R"("kty":"RSA","n":")" + bignum(key_.get(), OSSL_PKEY_PARAM_RSA_N, 0) + R"(","e":")" +
                 bignum(key_.get(), OSSL_PKEY_PARAM_RSA_E, 0) + '"';
    } else if (EVP_PKEY_is_a(key_.get(), "EC") == 1) {
      const int bits = EVP_PKEY_get_bits(key_.get());
      const int size = (bits + 7) / 8;
      members += R"("kty":"EC","crv":"P-)" + std::to_string(bits) + R"(","x":")" +
                 bignum(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, size) + R"(","y":")" +
                 bignum(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, size) + '"';
    } else {
      std::string raw(32, '\0');
      std::size_t size = raw.size();
      require_openssl(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size) ==
                      1);
      members += R"("kty":"OKP","crv":"Ed25519","x":")" + encode_base64url(raw) + '"';
    }
    return "{" + members + more + "}";
  }
  [[nodiscard]] std::string jwks(const std::string& more = "") const { return R"({"keys":[)" + jwk(more) + "]}"; }

  [[nodiscard]] std::string sign(Algorithm algorithm, std::string_view message) const {
    if (!key_) return hmac(algorithm, message);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_PKEY_CTX* parameters = nullptr;
    require_openssl(EVP_DigestSignInit_ex(context.get(), &parameters, digest_of(algorithm), nullptr, nullptr,
                                          key_.get(), nullptr) == 1);
    if (is_pss(algorithm)) {
      require_openssl(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1);
      require_openssl(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1);
    }
    std::string signature(2048, '\0');
    std::size_t size = signature.size();
    require_openssl(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                                   reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1);
    signature.resize(size);
    return EVP_PKEY_is_a(key_.get(), "EC") == 1 ? side_by_side(signature) : signature;
  }

  /// A token with this header and payload as they are, signed by `algorithm`.
  [[nodiscard]] std::string token(Algorithm algorithm, std::string_view header, std::string_view payload) const {
    const std::string message = encode_base64url(header) + "." + encode_base64url(payload);
    return message + "." + encode_base64url(sign(algorithm, message));
  }
  /// With the usual header.
  [[nodiscard]] std::string token(Algorithm algorithm, std::string_view payload) const {
    return token(algorithm, R"({"alg":")" + std::string(name_of(algorithm)) + R"(","kid":")" + id_ + R"("})", payload);
  }
  [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }
  [[nodiscard]] const std::string& id() const { return id_; }

 private:
  Signer(std::string id, EVP_PKEY* key) : id_(std::move(id)), key_(own(key)) {}

  [[nodiscard]] std::string hmac(Algorithm algorithm, std::string_view message) const {
    std::string signature(64, '\0');
    unsigned size = 0;
    require_openssl(HMAC(EVP_get_digestbyname(digest_of(algorithm)), secret_.data(), static_cast<int>(secret_.size()),
                         reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                         reinterpret_cast<unsigned char*>(signature.data()), &size) != nullptr);
    signature.resize(size);
    return signature;
  }

  [[nodiscard]] std::string side_by_side(const std::string& der) const {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> both(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), &ECDSA_SIG_free);
    const int size = (EVP_PKEY_get_bits(key_.get()) + 7) / 8;
    std::string bytes(static_cast<std::size_t>(2 * size), '\0');
    auto* out = reinterpret_cast<unsigned char*>(bytes.data());
    require_openssl(BN_bn2binpad(ECDSA_SIG_get0_r(both.get()), out, size) == size);
    require_openssl(BN_bn2binpad(ECDSA_SIG_get0_s(both.get()), out + size, size) == size);
    return bytes;
  }

  std::string id_;
  std::shared_ptr<EVP_PKEY> key_;
  std::string secret_;
};

/// One of each, made once: RSA keys take long.
inline const Signer& rsa_signer() {
  static const Signer signer = Signer::rsa("rsa-1");
  return signer;
}
inline const Signer& ec_signer() {
  static const Signer signer = Signer::ec("ec-1");
  return signer;
}
inline const Signer& secret_signer() {
  static const Signer signer = Signer::secret("oct-1", std::string(64, 'k'));
  return signer;
}

}  // namespace gatehouse::oidc::test
