// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Checks a password against a stored hash, whatever its scheme.
#include <string_view>

#include "digest.hpp"
#include "match.hpp"
#include "scheme.hpp"

namespace gatehouse::htpasswd {

/// True if the password may be checked: within the scheme's length, not empty, without NUL.
[[nodiscard]] bool is_checkable(Scheme scheme, std::string_view password) noexcept;

/// `hash` has passed shape_of(), which gave `scheme`. Answers no for unusable schemes and for passwords that are not
/// checkable, without computing. [any-thread]
[[nodiscard]] Match verify(const Digests& digests, Scheme scheme, std::string_view hash,
                           std::string_view password) noexcept;

}  // namespace gatehouse::htpasswd
