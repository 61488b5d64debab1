// SPDX-License-Identifier: Apache-2.0
#include "config/words.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "text/utf8.hpp"

namespace gatehouse::config {
namespace {

bool is_word(std::string_view text, std::string_view also) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           also.find(c) != std::string_view::npos;
  });
}

void append_escaped(std::string& out, char c) {
  static constexpr std::string_view digits = "0123456789abcdef";
  const auto byte = static_cast<std::uint8_t>(c);
  out += "\\x";
  out += digits[byte >> 4U];
  out += digits[byte & 0x0FU];
}

/// The bytes of the character that starts at `text[i]`; 1 if it is not a character.
std::size_t character_size(std::string_view text, std::size_t i) {
  const auto lead = static_cast<std::uint8_t>(text[i]);
  const std::size_t size = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return text.size() - i >= size && text::is_utf8(text.substr(i, size)) ? size : 1;
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (out.size() >= limit) return out + "...";
    const std::string_view character = text.substr(i, character_size(text, i));
    const auto lead = static_cast<std::uint8_t>(character.front());
    const bool c1_control = character.size() == 2 && lead == 0xC2 && static_cast<std::uint8_t>(character[1]) < 0xA0;
    if (lead < 0x20 || lead == 0x7F || (character.size() == 1 && lead >= 0x80) || c1_control) {
      for (const char c : character) append_escaped(out, c);
    } else {
      out += character;
    }
    i += character.size();
  }
  return out;
}

std::string in_quotes(std::string_view text) {
  return '"' + printable(text, 64) + '"';
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) {
    if (!out.empty()) out += ", ";
    out += printable(word);
  }
  return out;
}

std::string shell_word(std::string_view text) {
  if (is_word(text, "/._-+@:,=")) return std::string(text);
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string dotted_key(std::string_view owner, std::string_view name) {
  std::string out(owner);
  if (!out.empty()) out += '.';
  return out + (is_word(name, "_-") ? std::string(name) : in_quotes(name));
}

}  // namespace gatehouse::config
