// SPDX-License-Identifier: Apache-2.0
#include "rule_host.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "ascii.hpp"

namespace gatehouse::http {
namespace {

bool is_port(std::string_view text) noexcept {
  return text.size() <= 5 && std::all_of(text.begin(), text.end(), ascii::digit);
}

bool is_name(std::string_view text) noexcept {
  if (text.empty() || text.front() == '.' || text.find("..") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return ascii::alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~'; });
}

}  // namespace

std::optional<RuleHost> RuleHost::read(std::string_view text) noexcept {
  RuleHost host;
  if (text.empty()) return std::nullopt;
  if (text.front() == '[') {
    const auto close = text.find(']');
    if (close == std::string_view::npos || close > INET6_ADDRSTRLEN) return std::nullopt;
    const auto rest = text.substr(close + 1);
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return std::nullopt;
    std::array<char, INET6_ADDRSTRLEN + 1> copy{};
    std::memcpy(copy.data(), text.data() + 1, close - 1);
    in6_addr address{};
    if (::inet_pton(AF_INET6, copy.data(), &address) != 1) return std::nullopt;
    if (::inet_ntop(AF_INET6, &address, host.text_.data(), host.text_.size()) == nullptr) return std::nullopt;
    host.size_ = std::strlen(host.text_.data());
    return host;
  }
  const auto colon = text.find(':');
  if (colon != std::string_view::npos && !is_port(text.substr(colon + 1))) return std::nullopt;
  auto name = text.substr(0, colon);
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() >= host.text_.size() || !is_name(name)) return std::nullopt;
  std::transform(name.begin(), name.end(), host.text_.begin(), ascii::lower);
  host.size_ = name.size();
  return host;
}

bool host_matches(std::string_view pattern, std::string_view host) noexcept {
  if (!pattern.starts_with("*.")) return pattern == host;
  return host.size() > pattern.size() - 1 && host.ends_with(pattern.substr(1));
}

std::optional<std::string> read_rule_host(std::string_view text) {
  const bool any_before = text.starts_with("*.");
  const auto name = any_before ? text.substr(2) : text;
  const auto host = RuleHost::read(name);
  // A port of a rule would never be compared.
  const bool has_port = !name.empty() && (name.front() == '[' ? !name.ends_with(']') : name.find(':') != name.npos);
  if (!host || has_port || (any_before && name.front() == '[')) return std::nullopt;
  return (any_before ? "*." : "") + std::string(host->text());
}

}  // namespace gatehouse::http
