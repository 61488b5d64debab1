// SPDX-License-Identifier: Apache-2.0
#include "pem.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <climits>

namespace gatehouse::oidc {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

/// What PEM_read_bio gives out; wiped, for it may have been a private key.
struct Block {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* bytes = nullptr;
  long size = 0;
  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(bytes, static_cast<std::size_t>(size));
  }
};

std::shared_ptr<EVP_PKEY> key_in(const Block& block, std::string_view name) {
  const unsigned char* at = block.bytes;
  if (name == "PUBLIC KEY") return own(d2i_PUBKEY(nullptr, &at, block.size));
  const std::unique_ptr<X509, FreeCertificate> certificate(d2i_X509(nullptr, &at, block.size));
  return own(certificate ? X509_get_pubkey(certificate.get()) : nullptr);
}

}  // namespace

Outcome<std::vector<Key>> read_pem(std::string_view text, std::size_t most) {
  if (text.size() > INT_MAX) return Problem{"it is too large"};
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bio) return Problem{"memory ran out"};
  std::vector<Key> keys;
  for (;;) {
    Block block;
    ERR_clear_error();
    if (PEM_read_bio(bio.get(), &block.name, &block.header, &block.bytes, &block.size) != 1) {
      const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
      ERR_clear_error();
      if (!ended) return Problem{"its block number " + std::to_string(keys.size() + 1) + " is broken PEM"};
      if (keys.empty()) return Problem{"it is neither a JWKS, nor a JWK, nor PEM with a public key or certificate"};
      return keys;
    }
    const std::string_view name = block.name;
    if (name.ends_with("PRIVATE KEY")) return Problem{"it holds a private key; only the public key may be here"};
    if (name != "PUBLIC KEY" && name != "CERTIFICATE") {
      return Problem{"its block number " + std::to_string(keys.size() + 1) +
                     " is neither a PUBLIC KEY nor a CERTIFICATE"};
    }
    if (keys.size() == most) return Problem{"it has more than " + std::to_string(most) + " keys"};
    auto key = Key::of_public_key(key_in(block, name));
    ERR_clear_error();
    if (!key) return Problem{"its block number " + std::to_string(keys.size() + 1) + " is " + key.problem()};
    keys.push_back(std::move(*key));
  }
}

}  // namespace gatehouse::oidc
