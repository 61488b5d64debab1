// SPDX-License-Identifier: Apache-2.0
#include "source_limit.hpp"

#include <arpa/inet.h>

namespace gatehouse::proxy {

namespace {

/// The eight bytes of a /64, or an IPv4 address as it is written.
std::string source_of(const std::string& address) {
  in6_addr v6{};
  if (::inet_pton(AF_INET6, address.c_str(), &v6) != 1) return address;
  return {reinterpret_cast<const char*>(&v6), 8};
}

}  // namespace

bool SourceLimit::enter(const std::string& address, std::size_t limit) {
  const auto source = source_of(address);
  const std::lock_guard lock(mutex_);
  auto& open = open_[source];
  if (open >= limit) {
    if (open == 0) open_.erase(source);
    return false;
  }
  ++open;
  return true;
}

void SourceLimit::leave(const std::string& address) noexcept {
  try {
    const auto source = source_of(address);
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(source);
    if (found != open_.end() && --found->second == 0) open_.erase(found);
  } catch (const std::bad_alloc&) {
    return;  // counts one too many from this source: on the safe side
  }
}

}  // namespace gatehouse::proxy
