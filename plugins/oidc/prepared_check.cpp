// SPDX-License-Identifier: Apache-2.0
#include "prepared_check.hpp"

#include <openssl/rsa.h>

#include <array>

namespace gatehouse::oidc {
namespace {

const unsigned char* octets(std::string_view bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

bool set_rsa(EVP_PKEY_CTX* context, Algorithm algorithm) {
  if (EVP_PKEY_CTX_set_rsa_padding(context, is_pss(algorithm) ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) != 1) {
    return false;
  }
  return !is_pss(algorithm) || EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

std::shared_ptr<const PreparedCheck> PreparedCheck::make(EVP_PKEY* key, Algorithm algorithm) {
  const char* const digest = digest_of(algorithm);
  if (digest == nullptr) return nullptr;  // EdDSA hashes in its own way
  const std::shared_ptr<PreparedCheck> made(new PreparedCheck);
  made->digest_.reset(EVP_MD_fetch(nullptr, digest, nullptr));
  made->context_.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  EVP_PKEY_CTX* const context = made->context_.get();
  if (!made->digest_ || context == nullptr || EVP_PKEY_verify_init(context) != 1) return nullptr;
  if (key_type_of(algorithm) == KeyType::rsa && !set_rsa(context, algorithm)) return nullptr;
  if (EVP_PKEY_CTX_set_signature_md(context, made->digest_.get()) != 1) return nullptr;
  return made;
}

bool PreparedCheck::verify(std::string_view message, std::string_view signature) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(message.data(), message.size(), digest.data(), &size, digest_.get(), nullptr) != 1) return false;
  const std::unique_ptr<EVP_PKEY_CTX, Free> context(EVP_PKEY_CTX_dup(context_.get()));
  return context && EVP_PKEY_verify(context.get(), octets(signature), signature.size(), digest.data(), size) == 1;
}

}  // namespace gatehouse::oidc
