// SPDX-License-Identifier: Apache-2.0
#include "text/visible.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "text/utf8.hpp"

namespace gatehouse::text {
namespace {

/// C1 controls and the characters that reorder or hide text on a terminal.
bool is_deceptive(std::string_view sequence) noexcept {
  if (sequence.size() == 2 && sequence[0] == '\xC2' && static_cast<unsigned char>(sequence[1]) < 0xA0) return true;
  constexpr std::array<std::string_view, 19> listed = {
      "\xD8\x9C",     "\xE2\x80\x8B", "\xE2\x80\x8C", "\xE2\x80\x8D", "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xA8",
      "\xE2\x80\xA9", "\xE2\x80\xAA", "\xE2\x80\xAB", "\xE2\x80\xAC", "\xE2\x80\xAD", "\xE2\x80\xAE", "\xE2\x81\xA0",
      "\xE2\x81\xA6", "\xE2\x81\xA7", "\xE2\x81\xA8", "\xE2\x81\xA9", "\xEF\xBB\xBF"};
  return std::find(listed.begin(), listed.end(), sequence) != listed.end();
}

}  // namespace

Character first_character(std::string_view text) noexcept {
  std::size_t length = 1;
  while (length < 4 && length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80) ++length;
  const std::string_view bytes = text.substr(0, length);
  if (!is_utf8(bytes)) return {bytes, Character::Kind::broken};
  if (has_control(bytes) || is_deceptive(bytes)) return {bytes, Character::Kind::misleading};
  return {bytes, Character::Kind::plain};
}

void append_hex(std::string& out, char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  out += digits[value >> 4U];
  out += digits[value & 15U];
}

}  // namespace gatehouse::text
