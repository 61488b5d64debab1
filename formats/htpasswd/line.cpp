// SPDX-License-Identifier: Apache-2.0
#include "line.hpp"

#include <algorithm>

namespace gatehouse::htpasswd {
namespace {

constexpr std::size_t kLongestName = 512;

/// The length of the UTF-8 sequence that `text` begins with, 0 if it is none (RFC 3629: no overlong forms, no
/// surrogates, nothing above U+10FFFF).
std::size_t utf8_sequence(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80U) return 1;
  if (first >= 0xC2U && first <= 0xDFU) return follows(1) ? 2 : 0;
  if (first >= 0xE0U && first <= 0xEFU) {
    const bool overlong = first == 0xE0U && byte(1) < 0xA0U;
    const bool surrogate = first == 0xEDU && byte(1) > 0x9FU;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0U && first <= 0xF4U) {
    const bool overlong = first == 0xF0U && byte(1) < 0x90U;
    const bool beyond = first == 0xF4U && byte(1) > 0x8FU;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool is_name(std::string_view text) noexcept {
  if (text.empty() || text.size() > kLongestName) return false;
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x20U || first == 0x7FU) return false;
    if (first == 0xC2U && text.size() > 1 && static_cast<unsigned char>(text[1]) < 0xA0U) return false;  // C1
    const std::size_t size = utf8_sequence(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

Line parse_line(std::string_view text) noexcept {
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.size() > kLongestLine) return {LineKind::too_long};
  if (text.find('\0') != std::string_view::npos) return {LineKind::nul_byte};
  if (text.find_first_not_of(" \t") == std::string_view::npos || text.front() == '#') return {LineKind::ignored};
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {LineKind::no_colon};
  const std::string_view user = text.substr(0, colon);
  if (!is_name(user)) return {LineKind::bad_user};
  std::string_view hash = text.substr(colon + 1);
  hash = hash.substr(0, hash.find(':'));
  if (!hash.starts_with("{PLAIN}")) {
    const std::size_t last = hash.find_last_not_of(" \t");
    hash = hash.substr(0, last == std::string_view::npos ? 0 : last + 1);
  }
  return {LineKind::entry, user, hash};
}

std::string_view complaint(LineKind kind) noexcept {
  switch (kind) {
    case LineKind::no_colon:
      return "no colon between user and hash";
    case LineKind::nul_byte:
      return "a NUL byte";
    case LineKind::bad_user:
      return "the user name is empty, longer than 512 bytes, not UTF-8, or has control characters";
    case LineKind::too_long:
      return "longer than 64 KiB";
    default:
      return {};
  }
}

}  // namespace gatehouse::htpasswd
