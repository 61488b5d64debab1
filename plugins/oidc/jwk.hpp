// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One JSON Web Key (RFC 7517, 7518 section 6, 8037).
#include "json.hpp"
#include "key.hpp"

namespace gatehouse::oidc {

/// Where a key comes from decides what it may be.
enum class KeyOrigin {
  provider,  ///< published: public keys only; a key with a private part is spoilt and refused
  file,      ///< the operator's own: may also hold shared secrets ("oct")
};

/// Not every key of a set is ours: those for encryption, of other types or for other algorithms are passed over, and
/// `key` is empty. What is broken or dangerous is a Problem.
struct ReadJwk {
  std::optional<Key> key;
};
[[nodiscard]] Outcome<ReadJwk> read_jwk(const json::Value& jwk, KeyOrigin origin);

/// RFC 7638 with SHA-256, in base64url; empty for a key that has no such form here.
[[nodiscard]] std::string thumbprint(const json::Value& jwk);

}  // namespace gatehouse::oidc
