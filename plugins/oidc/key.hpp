// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One key that signatures are checked with: parsed and looked at once, then shared by all threads.
#include <openssl/evp.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "algorithm.hpp"
#include "outcome.hpp"
#include "prepared_check.hpp"

namespace gatehouse::oidc {

/// What HMAC keys are made of; wiped when it goes.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::string bytes) noexcept : bytes_(std::move(bytes)) {}
  SecretBytes(const SecretBytes&) = default;
  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) { other.wipe(); }
  SecretBytes& operator=(SecretBytes other) noexcept {
    bytes_.swap(other.bytes_);
    return *this;
  }
  ~SecretBytes() { wipe(); }
  [[nodiscard]] std::string_view view() const noexcept { return bytes_; }
  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }

 private:
  void wipe() noexcept;
  std::string bytes_;
};

class Key {
 public:
  /// Refuses weak and odd keys: RSA below 2048 or above 8192 bits, curves other than P-256, P-384, P-521 and Ed25519,
  /// points that are not on their curve.
  [[nodiscard]] static Outcome<Key> of_public_key(std::shared_ptr<EVP_PKEY> key);
  /// At least 32 bytes.
  [[nodiscard]] static Outcome<Key> of_secret(SecretBytes secret);

  /// Whether this key may check that algorithm: the type, the curve, the key's own `alg`, the length of a secret.
  [[nodiscard]] bool fits(Algorithm algorithm) const noexcept;

  [[nodiscard]] KeyType type() const noexcept { return type_; }
  [[nodiscard]] const std::optional<std::string>& id() const noexcept { return id_; }
  [[nodiscard]] EVP_PKEY* public_key() const noexcept { return key_.get(); }
  /// Null for what is not prepared: shared secrets, Ed25519, and algorithms that the key is not for.
  [[nodiscard]] const PreparedCheck* prepared(Algorithm algorithm) const noexcept;
  [[nodiscard]] std::string_view secret() const noexcept { return secret_.view(); }
  [[nodiscard]] std::size_t signature_size() const noexcept { return signature_size_; }

  void set_id(std::string id) { id_ = std::move(id); }
  /// False if the algorithm does not go with this type of key.
  [[nodiscard]] bool pin(Algorithm algorithm) noexcept;
  /// The same for the same key under the same name for the same algorithm, and for no other: a digest.
  [[nodiscard]] std::string fingerprint() const;

  friend bool operator==(const Key& a, const Key& b) noexcept;

 private:
  explicit Key(KeyType type) noexcept : type_(type) {}
  void prepare();

  KeyType type_;
  std::shared_ptr<EVP_PKEY> key_;
  SecretBytes secret_;
  std::size_t signature_size_ = 0;
  std::optional<std::string> id_;
  std::optional<Algorithm> algorithm_;
  std::vector<std::pair<Algorithm, std::shared_ptr<const PreparedCheck>>> prepared_;
};

/// An owner for what OpenSSL made; `made` may be null.
[[nodiscard]] inline std::shared_ptr<EVP_PKEY> own(EVP_PKEY* made) {
  return {made, [](EVP_PKEY* key) { EVP_PKEY_free(key); }};
}

}  // namespace gatehouse::oidc
