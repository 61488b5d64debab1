// SPDX-License-Identifier: Apache-2.0
#include "places.hpp"

#include <arpa/inet.h>

#include <array>

namespace gatehouse::auth_socket {
namespace {

// Each counts from the first byte to the last one of the answer, whoever still waits for it.
constexpr std::size_t most_of_root = 256;
constexpr std::size_t most_of_others = 128;
constexpr std::size_t most_of_one_user = 4;
// Of root's: those who come over a network leave room for who sits at the machine, and one realm for the others.
constexpr std::size_t most_with_an_address = 192;
constexpr std::size_t most_of_one_realm = 128;
constexpr std::size_t most_of_one_network = 32;

}  // namespace

bool has_room(const Connections& all, uid_t peer) {
  std::size_t of_root = 0;
  std::size_t of_peer = 0;
  for (const auto& [id, connection] : all) {
    of_root += connection.peer() == 0 ? 1U : 0U;
    of_peer += connection.peer() == peer ? 1U : 0U;
  }
  if (peer == 0) return of_root < most_of_root;
  return of_peer < most_of_one_user && all.size() - of_root < most_of_others;
}

std::string network_of(const std::string& address) {
  std::array<char, sizeof(in6_addr)> parsed{};
  if (::inet_pton(AF_INET, address.c_str(), parsed.data()) == 1) return {parsed.data(), sizeof(in_addr)};
  if (::inet_pton(AF_INET6, address.c_str(), parsed.data()) != 1) return {};
  constexpr std::size_t before_ipv4 = sizeof(in6_addr) - sizeof(in_addr);
  constexpr std::string_view mapped("\0\0\0\0\0\0\0\0\0\0\xFF\xFF", before_ipv4);
  if (std::string_view(parsed.data(), before_ipv4) == mapped) return {&parsed[before_ipv4], sizeof(in_addr)};
  return {parsed.data(), sizeof(in6_addr) / 2};
}

const char* crowded(const Connections& all, std::string_view realm, std::string_view network) {
  std::size_t of_realm = 0;
  std::size_t of_network = 0;
  std::size_t with_address = 0;
  for (const auto& [id, connection] : all) {
    if (connection.peer() != 0 || connection.realm().empty()) continue;
    of_realm += connection.realm() == realm ? 1U : 0U;
    of_network += connection.network() == network ? 1U : 0U;
    with_address += connection.network().empty() ? 0U : 1U;
  }
  if (of_realm >= most_of_one_realm) return "in this realm";
  if (network.empty()) return nullptr;
  if (of_network >= most_of_one_network) return "from this address";
  return with_address >= most_with_an_address ? "from other machines" : nullptr;
}

}  // namespace gatehouse::auth_socket
