// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Percent encoding (RFC 3986, 2.1).
#include <optional>
#include <string>
#include <string_view>

#include "text.hpp"

namespace gatehouse::ldap {

/// Nothing if an escape is broken, or the result holds a control character.
[[nodiscard]] inline std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
    out += c;
  }
  return out;
}

/// Every byte but letters, digits and `-._~` as %HH.
[[nodiscard]] inline std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += '%';
      append_hex(out, c);
    }
  }
  return out;
}

}  // namespace gatehouse::ldap
