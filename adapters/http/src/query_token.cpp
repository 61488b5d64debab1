// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include <gatehouse/http.hpp>

namespace gatehouse::http {
namespace {

std::optional<unsigned> hex(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

/// What services make of the text, byte by byte: percent-encoding undone.
bool decodes_to(std::string_view text, std::string_view wanted) noexcept {
  std::size_t at = 0;
  for (const char c : wanted) {
    if (at == text.size()) return false;
    char found = text[at++];
    if (found == '%' && at + 1 < text.size()) {
      const auto high = hex(text[at]);
      const auto low = hex(text[at + 1]);
      if (high && low) {
        found = static_cast<char>(*high << 4U | *low);
        at += 2;
      }
    }
    if (found != c) return false;
  }
  return at == text.size();
}

}  // namespace

bool token_in_query(std::string_view target) noexcept {
  const auto question = target.find('?');
  if (question == std::string_view::npos) return false;
  std::string_view rest = target.substr(question + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find_first_of("&;"), rest.size());
    const auto pair = rest.substr(0, end);
    if (decodes_to(pair.substr(0, pair.find('=')), "access_token")) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

}  // namespace gatehouse::http
