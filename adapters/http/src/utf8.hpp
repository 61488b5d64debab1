// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Strict UTF-8 (RFC 3629): no overlong form, no surrogate, nothing above U+10FFFF.
#include <cstddef>
#include <string_view>

namespace gatehouse::http {

struct CodePoint {
  char32_t value = 0;
  std::size_t size = 0;  ///< bytes; 0 = no valid sequence starts here
};

/// The code point at the start of `text`; size 0 for empty text.
[[nodiscard]] CodePoint first_code_point(std::string_view text) noexcept;

[[nodiscard]] bool valid_utf8(std::string_view text) noexcept;

}  // namespace gatehouse::http
