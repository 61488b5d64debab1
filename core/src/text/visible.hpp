// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Text of strangers, one character after the other, as it may or may not be shown in a log.
#include <string>
#include <string_view>

namespace gatehouse::text {

struct Character {
  enum class Kind {
    plain,
    misleading,  ///< a control, or what reorders or hides text on a terminal
    broken,      ///< no UTF-8
  };
  std::string_view bytes;
  Kind kind = Kind::plain;
};

/// The first character of `text`, which is not empty.
[[nodiscard]] Character first_character(std::string_view text) noexcept;

/// Appends the two hexadecimal digits of a byte.
void append_hex(std::string& out, char byte);

}  // namespace gatehouse::text
