// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One line of a password file: "user:hash" or "user:hash:anything after".
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::htpasswd {

/// Longer lines are bad lines.
inline constexpr std::size_t kLongestLine = 64 * 1024;

enum class LineKind : std::uint8_t {
  entry,
  ignored,  ///< blank, or a comment
  no_colon,
  nul_byte,
  bad_user,  ///< empty, over 512 bytes, not UTF-8, or with a control character: no caller can have that name
  too_long
};

struct Line {
  LineKind kind;
  std::string_view user{};  ///< views into the line, as stored
  std::string_view hash{};  ///< to the second colon, without white space at its end; {PLAIN} keeps its spaces
};

/// `text` is without its '\n'; one '\r' at its end is dropped.
[[nodiscard]] Line parse_line(std::string_view text) noexcept;

/// What is wrong with a line; empty for entry and ignored.
[[nodiscard]] std::string_view complaint(LineKind kind) noexcept;

/// A name that a caller can have: 1 to 512 bytes of UTF-8 without control characters.
[[nodiscard]] bool is_name(std::string_view text) noexcept;

}  // namespace gatehouse::htpasswd
