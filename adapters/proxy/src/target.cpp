// SPDX-License-Identifier: Apache-2.0
#include "target.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstring>

#include "ascii.hpp"

namespace gatehouse::proxy {

namespace {

constexpr std::array<bool, 256> without(std::string_view refused) {
  std::array<bool, 256> table{};
  for (std::size_t i = 0x21; i < 0x7f; ++i) table[i] = refused.find(static_cast<char>(i)) == std::string_view::npos;
  return table;
}
constexpr auto path_bytes = without("\"#<>\\`{}");
constexpr auto query_bytes = without("\"#<>");

bool is_port(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5) return false;
  unsigned number = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number <= 65535;
}

bool is_ipv6(std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN + 1> copy{};
  if (text.size() >= copy.size()) return false;
  std::memcpy(copy.data(), text.data(), text.size());
  in6_addr address{};
  return inet_pton(AF_INET6, copy.data(), &address) == 1;
}

bool are_path_and_query(std::string_view text) noexcept {
  if (text.empty() || text.front() != '/') return false;
  std::size_t i = 0;
  for (; i < text.size() && text[i] != '?'; ++i) {
    if (!path_bytes[static_cast<unsigned char>(text[i])]) return false;
  }
  for (; i < text.size(); ++i) {
    if (!query_bytes[static_cast<unsigned char>(text[i])]) return false;
  }
  return true;
}

}  // namespace

bool is_authority(std::string_view text) noexcept {
  if (text.empty() || text.size() > 261) return false;
  if (text.front() == '[') {
    const auto close = text.find(']');
    if (close == std::string_view::npos || !is_ipv6(text.substr(1, close - 1))) return false;
    const auto rest = text.substr(close + 1);
    return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
  }
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  if (name.empty() || name.size() > 255) return false;
  for (const char c : name) {
    if (!is_alnum(c) && c != '-' && c != '.' && c != '_' && c != '~') return false;
  }
  return colon == std::string_view::npos || is_port(text.substr(colon + 1));
}

std::optional<Target> read_target(std::string_view target, std::string_view method, std::string_view scheme) noexcept {
  if (target == "*") {
    if (method != "OPTIONS") return std::nullopt;
    return Target{target, {}};
  }
  if (!target.empty() && target.front() == '/') {
    if (!are_path_and_query(target)) return std::nullopt;
    return Target{target, {}};
  }
  constexpr std::string_view separator = "://";
  const auto prefix = scheme.size() + separator.size();
  if (target.size() <= prefix || !iequals(target.substr(0, scheme.size()), scheme)) return std::nullopt;
  if (!target.substr(scheme.size()).starts_with(separator)) return std::nullopt;
  const auto rest = target.substr(prefix);
  const auto end = rest.find_first_of("/?");
  const auto authority = rest.substr(0, end);
  if (!is_authority(authority)) return std::nullopt;
  if (end == std::string_view::npos) return Target{method == "OPTIONS" ? "*" : "/", authority};
  const auto path = rest.substr(end);
  if (!are_path_and_query(path)) return std::nullopt;
  return Target{path, authority};
}

}  // namespace gatehouse::proxy
