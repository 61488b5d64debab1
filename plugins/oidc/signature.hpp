// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Signatures of JWS (RFC 7518, 3; RFC 8037), by OpenSSL with one key that was chosen before.
#include <string_view>

#include "key.hpp"

namespace gatehouse::oidc {

/// Whether `signature` is that of `message`. False also if the key does not fit the algorithm, if the signature has
/// not the one length that it must have, and if OpenSSL fails. Keys may be used by several threads at once.
[[nodiscard]] bool verify_signature(const Key& key, Algorithm algorithm, std::string_view message,
                                    std::string_view signature);

}  // namespace gatehouse::oidc
