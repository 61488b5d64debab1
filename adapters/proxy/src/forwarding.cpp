// SPDX-License-Identifier: Apache-2.0
#include "forwarding.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "ascii.hpp"
#include "target.hpp"

namespace gatehouse::proxy {

namespace {

constexpr std::size_t max_proxies = 16;
constexpr std::string_view after_scheme = "://";

/// An address in the spelling of inet_ntop, an IPv4 address in IPv6 clothes as IPv4; empty for anything else.
std::string canonical(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> copy{};
  if (text.size() >= copy.size()) return {};
  std::memcpy(copy.data(), text.data(), text.size());
  in6_addr v6{};
  in_addr v4{};
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (::inet_pton(AF_INET, copy.data(), &v4) == 1) return ::inet_ntop(AF_INET, &v4, out.data(), out.size());
  if (::inet_pton(AF_INET6, copy.data(), &v6) != 1) return {};
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return ::inet_ntop(AF_INET, &v6.s6_addr[12], out.data(), out.size());
  return ::inet_ntop(AF_INET6, &v6, out.data(), out.size());
}

/// ADDRESS, IPV4:PORT, [IPV6] or [IPV6]:PORT.
std::string read_hop(std::string_view text) {
  if (text.starts_with('[')) {
    if (!is_authority(text)) return {};
    return canonical(text.substr(1, text.find(']') - 1));
  }
  if (std::count(text.begin(), text.end(), ':') == 1) {
    if (!is_authority(text)) return {};
    return canonical(text.substr(0, text.find(':')));
  }
  return canonical(text);
}

/// The value of the one field of that name; none if it stands twice.
std::optional<std::string_view> single(const Fields& fields, std::string_view name) noexcept {
  std::optional<std::string_view> found;
  for (const auto& field : fields.list) {
    if (!iequals(field.name, name)) continue;
    if (found) return std::nullopt;
    found = field.value;
  }
  return found;
}

/// Takes the last element off; false when none is left.
bool take_last(std::string_view& list, std::string_view& element) noexcept {
  if (list.data() == nullptr) return false;
  const auto comma = list.rfind(',');
  element = trim(comma == std::string_view::npos ? list : list.substr(comma + 1));
  list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
  return true;
}

/// Adds what the proxies say to `origin`, whose client is the nearest of them.
void follow(const Fields& fields, Origin& origin, std::span<const http::Network> trusted) {
  std::size_t hops = 0;
  for (auto field = fields.list.rbegin(); field != fields.list.rend(); ++field) {
    if (!iequals(field->name, "X-Forwarded-For")) continue;
    auto list = field->value;
    std::string_view element;
    while (take_last(list, element)) {
      auto address = ++hops > max_proxies ? std::string() : read_hop(element);
      if (address.empty()) {
        origin.known = false;
        return;
      }
      origin.trail.insert(0, origin.trail.empty() ? address : address + ", ");
      origin.client = std::move(address);
      if (!http::contain(trusted, origin.client)) return;
    }
  }
}

}  // namespace

Origin find_origin(const RequestHead& head, std::string_view peer, std::string_view scheme,
                   std::span<const http::Network> trusted) {
  Origin origin{std::string(peer), std::string(peer), scheme, head.host, true};
  if (trusted.empty() || !http::contain(trusted, peer.empty() ? "unix" : peer)) return origin;
  follow(head.fields, origin, trusted);
  if (const auto proto = single(head.fields, "X-Forwarded-Proto")) {
    if (iequals(*proto, "https")) origin.scheme = "https";
    if (iequals(*proto, "http")) origin.scheme = "http";
  }
  const auto host = single(head.fields, "X-Forwarded-Host");
  if (host && is_authority(*host)) origin.host = *host;
  return origin;
}

bool is_from_elsewhere(const RequestHead& head, std::string_view host) noexcept {
  return std::any_of(head.fields.list.begin(), head.fields.list.end(), [host](const http::Header& field) {
    if (!iequals(field.name, "Origin")) return false;
    const auto end = field.value.find(after_scheme);
    return end == std::string_view::npos || !iequals(field.value.substr(end + after_scheme.size()), host);
  });
}

}  // namespace gatehouse::proxy
