// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What RFC 9110 says about single bytes. No locale is asked.
#include <algorithm>
#include <string_view>

namespace gatehouse::http::ascii {

[[nodiscard]] constexpr bool digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
[[nodiscard]] constexpr bool alphanumeric(char c) noexcept {
  return digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}
/// CTL of RFC 5234: %x00-1F and %x7F.
[[nodiscard]] constexpr bool control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}
[[nodiscard]] constexpr bool visible_or_space(char c) noexcept {
  return c >= 0x20 && c <= 0x7E;
}
[[nodiscard]] constexpr bool token_char(char c) noexcept {
  return alphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
[[nodiscard]] constexpr bool token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), token_char);
}
[[nodiscard]] constexpr bool has_lower_case(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}
[[nodiscard]] constexpr bool same(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}
/// Without spaces and tabs around it.
[[nodiscard]] constexpr std::string_view trim(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace gatehouse::http::ascii
