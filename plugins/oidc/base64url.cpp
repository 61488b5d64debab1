// SPDX-License-Identifier: Apache-2.0
#include "base64url.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace gatehouse::oidc {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kForeign = 0xFF;

constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(kForeign);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}();

}  // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  const auto value = [&](std::size_t at) { return std::uint32_t{kValues[static_cast<unsigned char>(text[at])]}; };
  std::string bytes(text.size() / 4 * 3 + (text.size() % 4 * 3) / 4, '\0');
  std::uint32_t foreign = 0;  // gets bits above the sixth from letters that are none
  std::size_t out = 0;
  std::size_t at = 0;
  for (; at + 4 <= text.size(); at += 4) {
    const std::uint32_t a = value(at);
    const std::uint32_t b = value(at + 1);
    const std::uint32_t c = value(at + 2);
    const std::uint32_t d = value(at + 3);
    foreign |= a | b | c | d;
    bytes[out++] = static_cast<char>(a << 2U | b >> 4U);
    bytes[out++] = static_cast<char>((b & 0xFU) << 4U | c >> 2U);
    bytes[out++] = static_cast<char>((c & 0x3U) << 6U | (d & 0x3FU));
  }
  std::uint32_t unused = 0;
  if (at < text.size()) {
    const std::uint32_t a = value(at);
    const std::uint32_t b = value(at + 1);
    const std::uint32_t c = text.size() - at == 3 ? value(at + 2) : 0;
    foreign |= a | b | c;
    bytes[out++] = static_cast<char>(a << 2U | b >> 4U);
    unused = text.size() - at == 3 ? c & 0x3U : b & 0xFU;
    if (text.size() - at == 3) bytes[out++] = static_cast<char>((b & 0xFU) << 4U | c >> 2U);
  }
  if (foreign > 0x3FU || unused != 0) return std::nullopt;
  return bytes;
}

std::string encode_base64url(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : bytes) {
    bits = (bits << 8U | static_cast<unsigned char>(c)) & 0xFFFFU;
    held += 8;
    while (held >= 6) {
      held -= 6;
      text += kAlphabet[(bits >> held) & 0x3FU];
    }
  }
  if (held > 0) text += kAlphabet[(bits << (6 - held)) & 0x3FU];
  return text;
}

}  // namespace gatehouse::oidc
