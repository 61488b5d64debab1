// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What may stand in a user name, a group or an attribute value.
#include <string_view>

namespace gatehouse::text {

/// Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// Whether a C0 control or DEL is in it.
[[nodiscard]] bool has_control(std::string_view text) noexcept;

}  // namespace gatehouse::text
