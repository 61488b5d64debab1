// SPDX-License-Identifier: Apache-2.0
#include "config/names.hpp"

#include <algorithm>
#include <cstddef>

#include "text/utf8.hpp"

namespace gatehouse::config {
namespace {

constexpr std::size_t longest_display_name = 128;

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alnum(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z') || is_digit(c);
}

template <typename First, typename Rest>
bool matches(std::string_view text, std::size_t longest, First first, Rest rest) {
  return !text.empty() && text.size() <= longest && first(text.front()) &&
         std::all_of(text.begin() + 1, text.end(), rest);
}

bool has_c1_control(std::string_view text) {
  for (std::size_t at = text.find('\xC2'); at != std::string_view::npos; at = text.find('\xC2', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0) return true;
  }
  return false;
}

}  // namespace

bool is_name(std::string_view text) noexcept {
  return matches(text, 64, is_alnum, [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; });
}

bool is_plugin_id(std::string_view text) noexcept {
  return matches(text, 32, is_lower, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool is_scheme(std::string_view text) noexcept {
  return matches(text, 32, is_lower,
                 [](char c) { return is_lower(c) || is_digit(c) || c == '+' || c == '.' || c == '-'; });
}

std::string_view display_name_fault(std::string_view text) noexcept {
  if (text.size() > longest_display_name) return "is longer than 128 bytes";
  if (!text::is_utf8(text)) return "is not UTF-8";
  if (text::has_control(text) || has_c1_control(text)) return "holds a control character";
  return {};
}

}  // namespace gatehouse::config
