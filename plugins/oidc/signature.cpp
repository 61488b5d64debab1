// SPDX-License-Identifier: Apache-2.0
#include "signature.hpp"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>

#include <array>

namespace gatehouse::oidc {
namespace {

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
struct FreeEcdsa {
  void operator()(ECDSA_SIG* signature) const noexcept { ECDSA_SIG_free(signature); }
};

const unsigned char* octets(std::string_view bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

bool verify_hmac(const Key& key, Algorithm algorithm, std::string_view message, std::string_view signature) {
  if (signature.size() != digest_size_of(algorithm)) return false;
  std::array<unsigned char, EVP_MAX_MD_SIZE> expected{};
  unsigned size = 0;
  const EVP_MD* digest = EVP_get_digestbyname(digest_of(algorithm));
  if (digest == nullptr || HMAC(digest, key.secret().data(), static_cast<int>(key.secret().size()), octets(message),
                                message.size(), expected.data(), &size) == nullptr) {
    return false;
  }
  return size == signature.size() && CRYPTO_memcmp(expected.data(), signature.data(), size) == 0;
}

/// R and S side by side (RFC 7518, 3.4) as the DER that OpenSSL takes; empty on failure. That both are between 1 and
/// the order of the curve is for OpenSSL to check.
std::string ecdsa_der(std::string_view signature) {
  const auto half = static_cast<int>(signature.size() / 2);
  BIGNUM* r = BN_bin2bn(octets(signature), half, nullptr);
  BIGNUM* s = BN_bin2bn(octets(signature) + half, half, nullptr);
  const std::unique_ptr<ECDSA_SIG, FreeEcdsa> both(ECDSA_SIG_new());
  if (r == nullptr || s == nullptr || !both || ECDSA_SIG_set0(both.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  const int size = i2d_ECDSA_SIG(both.get(), nullptr);
  if (size <= 0) return {};
  std::string der(static_cast<std::size_t>(size), '\0');
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  return i2d_ECDSA_SIG(both.get(), &at) == size ? der : std::string();
}

bool verify_whole(const Key& key, std::string_view message, std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  return context &&
         EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.public_key(), nullptr) == 1 &&
         EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message), message.size()) == 1;
}

bool verify_public(const Key& key, Algorithm algorithm, std::string_view message, std::string_view signature) {
  if (signature.size() != key.signature_size()) return false;
  std::string der;
  const bool ecdsa = key.type() != KeyType::rsa && key.type() != KeyType::ed25519;
  if (ecdsa) {
    der = ecdsa_der(signature);
    if (der.empty()) return false;
    signature = der;
  }
  if (key.type() == KeyType::ed25519) return verify_whole(key, message, signature);
  const PreparedCheck* const check = key.prepared(algorithm);
  return check != nullptr && check->verify(message, signature);
}

}  // namespace

bool verify_signature(const Key& key, Algorithm algorithm, std::string_view message, std::string_view signature) {
  if (!key.fits(algorithm)) return false;
  if (key.type() == KeyType::oct) return verify_hmac(key, algorithm, message, signature);
  const bool right = verify_public(key, algorithm, message, signature);
  if (!right) ERR_clear_error();
  return right;
}

}  // namespace gatehouse::oidc
