// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The schemes that libxcrypt computes: bcrypt, md5-crypt, sha-crypt, yescrypt, gost-yescrypt, scrypt, DES.
#include <string_view>

#include "match.hpp"

namespace gatehouse::htpasswd {

/// `hash` is a whole hash that shape_of() has passed, so its cost is capped; `password` has no NUL and is within its
/// scheme's length, neither of which this function cuts: it answers no. [any-thread]
[[nodiscard]] Match check_crypt(std::string_view hash, std::string_view password) noexcept;

}  // namespace gatehouse::htpasswd
