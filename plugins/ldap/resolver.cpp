// SPDX-License-Identifier: Apache-2.0
#include "resolver.hpp"

#include <netdb.h>

#include <cstring>
#include <memory>
#include <optional>
#include <utility>

namespace gatehouse::ldap {
namespace {

constexpr std::size_t most_addresses = 16;

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { freeaddrinfo(list); }
};

std::vector<SocketAddress> look_up(const std::string& host, std::uint16_t port, int flags, std::string& fault) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  const std::unique_ptr<addrinfo, FreeAddresses> owned(list);
  std::vector<SocketAddress> all;
  if (error != 0) {
    fault = std::string("the name cannot be looked up: ") + gai_strerror(error);
    return all;
  }
  for (const addrinfo* one = list; one != nullptr && all.size() < most_addresses; one = one->ai_next) {
    if (one->ai_addrlen > sizeof(sockaddr_storage)) continue;
    SocketAddress& address = all.emplace_back();
    std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    address.size = one->ai_addrlen;
  }
  if (all.empty()) fault = "the name has no address";
  return all;
}

}  // namespace

std::vector<SocketAddress> look_up_host(const std::string& host, std::uint16_t port, std::string& fault) {
  return look_up(host, port, 0, fault);
}

std::vector<SocketAddress> Resolver::addresses_of(const ServerAddress& server, std::string& fault) {
  if (server.scheme == Scheme::ldapi) return {address_of_path(server.host)};
  std::string none;
  if (auto number = look_up(server.host, server.port, AI_NUMERICHOST, none); !number.empty()) return number;

  const std::pair key(server.host, server.port);
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = known_.find(key); known != known_.end()) return known->second.addresses;
  }
  auto found = look_up_(server.host, server.port, fault);
  if (found.empty()) return found;
  const std::lock_guard lock(mutex_);
  known_[key] = {found, Deadline::Clock::now()};
  return found;
}

void Resolver::refresh() {
  std::vector<std::pair<std::string, std::uint16_t>> due;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, known] : known_) {
      if (Deadline::Clock::now() - known.at >= good_for_) due.push_back(key);
    }
  }
  for (const auto& key : due) {
    std::string fault;
    auto found = look_up_(key.first, key.second, fault);
    if (found.empty()) continue;
    const std::lock_guard lock(mutex_);
    known_[key] = {std::move(found), Deadline::Clock::now()};
  }
}

}  // namespace gatehouse::ldap
