// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Where a question comes from, as the throttle counts: not one address but the network that one person has.
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::detail {

struct NetworkPrefixes {
  std::uint8_t ipv4 = 32;
  std::uint8_t ipv6 = 64;
};

/// "192.0.2.7/32", "2001:db8:1:2::/64". An IPv4 address written as an IPv6 one is an IPv4 address; a port or zone does
/// not count. What is no address (a host's name, as PAM has it) stands for itself, at most 256 bytes of it. Empty: it
/// is not known.
[[nodiscard]] std::string source_network(std::string_view address, const NetworkPrefixes& prefixes);

}  // namespace gatehouse::detail
