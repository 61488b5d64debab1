// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The schemes that libxcrypt computes: bcrypt, md5-crypt, sha-crypt, yescrypt, gost-yescrypt, scrypt, DES.
#include <optional>
#include <string>
#include <string_view>

#include "match.hpp"

namespace gatehouse::htpasswd {

/// `hash` is a whole hash that shape_of() has passed, so its cost is capped; `password` has no NUL and is within its
/// scheme's length, neither of which this function cuts: it answers no. [any-thread]
[[nodiscard]] Match check_crypt(std::string_view hash, std::string_view password) noexcept;

/// A new hash, with a salt of the system's random bytes. `prefix` is a scheme's in crypt(5), such as "$2y$", "" for
/// DES; `count` its cost, 0 for the scheme's own. nullopt if crypt() refuses them, or the password has a NUL.
[[nodiscard]] std::optional<std::string> make_crypt(const char* prefix, unsigned long count, std::string_view password);

}  // namespace gatehouse::htpasswd
