// SPDX-License-Identifier: Apache-2.0
#include "sign.hpp"

#include <openssl/ecdsa.h>
#include <openssl/hmac.h>

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

unsigned char* octets(std::string& bytes) noexcept {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

/// OpenSSL's DER as R and S side by side (RFC 7518, 3.4).
std::string side_by_side(const std::string& der, int size) {
  const unsigned char* at = octets(std::string_view(der));
  const std::unique_ptr<ECDSA_SIG, FreeEcdsa> both(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::string bytes(static_cast<std::size_t>(size) * 2, '\0');
  if (!both || BN_bn2binpad(ECDSA_SIG_get0_r(both.get()), octets(bytes), size) != size ||
      BN_bn2binpad(ECDSA_SIG_get0_s(both.get()), octets(bytes) + size, size) != size) {
    return {};
  }
  return bytes;
}

}  // namespace

std::string sign_with_key(EVP_PKEY* key, Algorithm algorithm, std::string_view message) {
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
  std::size_t size = signature.size();
  if (!context ||
      EVP_DigestSignInit_ex(context.get(), nullptr, digest_of(algorithm), nullptr, nullptr, key, nullptr) != 1 ||
      EVP_DigestSign(context.get(), octets(signature), &size, octets(message), message.size()) != 1) {
    return {};
  }
  signature.resize(size);
  return EVP_PKEY_is_a(key, "EC") == 1 ? side_by_side(signature, (EVP_PKEY_get_bits(key) + 7) / 8) : signature;
}

std::string sign_with_secret(std::string_view secret, std::string_view message) {
  std::string signature(32, '\0');
  unsigned size = 0;
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), octets(message), message.size(),
           octets(signature), &size) == nullptr) {
    return {};
  }
  return signature;
}

}  // namespace gatehouse::oidc
