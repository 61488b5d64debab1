// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A new hash of a password, with a salt of its own.
#include <optional>
#include <string>
#include <string_view>

#include "digest.hpp"
#include "scheme.hpp"

namespace gatehouse::htpasswd {

/// `scheme` is one that Apache's htpasswd writes: bcrypt, apr1, sha1, sha256_crypt, sha512_crypt, des or plain. `cost`
/// is bcrypt's exponent or sha-crypt's rounds; 0 for what the scheme has without it, and nothing for the others.
/// nullopt if the password cannot be checked later (is_checkable()), if the cost is not one of the scheme's, or if a
/// library fails.
[[nodiscard]] std::optional<std::string> make_hash(const Digests& digests, Scheme scheme, unsigned long cost,
                                                   std::string_view password);

}  // namespace gatehouse::htpasswd
