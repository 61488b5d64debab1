// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The keys of one issuer: never mixed with another's, never changed once made.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jwk.hpp"

namespace gatehouse::oidc {

inline constexpr std::size_t kLargestKeySet = 524288;  ///< bytes of a JWKS or a key file
inline constexpr std::size_t kMostKeys = 100;          ///< entries of a JWKS or a key file

class KeySet {
 public:
  /// A JWKS as a provider publishes it. Broken entries are left out and named in complaints(). A Problem if it is no
  /// JWKS, is over a limit, or holds no key that can be used.
  [[nodiscard]] static Outcome<KeySet> of_jwks(std::string_view text);
  /// A file: a JWKS, one JWK, or PEM with public keys and certificates.
  [[nodiscard]] static Outcome<KeySet> of_file(std::string_view text);

  /// The keys that a token may have been signed with: by its `kid` exactly; where it names none, or no key has an id,
  /// those that fit the algorithm. Never more than kMostCandidates.
  [[nodiscard]] std::vector<const Key*> candidates(const std::optional<std::string>& id, Algorithm algorithm) const;
  static constexpr std::size_t kMostCandidates = 4;

  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }
  [[nodiscard]] const std::vector<Key>& keys() const noexcept { return keys_; }
  [[nodiscard]] const std::vector<std::string>& complaints() const noexcept { return complaints_; }
  [[nodiscard]] bool has_secrets() const noexcept;
  /// The same for sets of the same keys, in whatever order and words they were published, and for no others: a digest.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  [[nodiscard]] static Outcome<KeySet> of_json(std::string_view text, KeyOrigin origin);
  [[nodiscard]] static Outcome<KeySet> of_pem(std::string_view text);
  void take(const json::Value& jwk, KeyOrigin origin);
  void drop_ambiguous();
  [[nodiscard]] static Outcome<KeySet> finished(KeySet set);

  std::vector<Key> keys_;
  std::vector<std::string> complaints_;
  std::string name_;
};

}  // namespace gatehouse::oidc
