// SPDX-License-Identifier: Apache-2.0
#include "base64.hpp"

#include <array>
#include <cstdint>

namespace gatehouse::http {
namespace {

constexpr std::uint8_t no_digit = 0xFF;

constexpr std::array<std::uint8_t, 256> make_digits() {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(no_digit);
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    digits[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return digits;
}

constexpr auto digits = make_digits();

}  // namespace

std::optional<std::size_t> decode_base64(std::string_view text, std::span<char> out) noexcept {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  const std::size_t size = text.size() / 4 * 3 - padding;
  if (size > out.size()) return std::nullopt;
  text.remove_suffix(padding);

  std::uint32_t bits = 0;
  unsigned held = 0;  // how many low bits of `bits` are not yet written
  std::size_t written = 0;
  for (const char c : text) {
    const auto digit = digits[static_cast<unsigned char>(c)];
    if (digit == no_digit) return std::nullopt;
    bits = (bits << 6) | digit;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out[written++] = static_cast<char>((bits >> held) & 0xFFu);
    }
  }
  if ((bits & ((1u << held) - 1u)) != 0) return std::nullopt;
  return size;
}

}  // namespace gatehouse::http
