// SPDX-License-Identifier: Apache-2.0
#include "source_limit.hpp"

#include <arpa/inet.h>

namespace gatehouse::proxy {

namespace {

constexpr std::size_t caller_bytes = 8;
constexpr std::size_t site_bytes = 6;
constexpr std::size_t callers_of_a_site = 8;

/// What an address counts for: an IPv4 address as it is written, or the first bytes of an IPv6 address.
struct Source {
  std::string caller;
  std::string site;  ///< empty: none
};

Source source_of(const std::string& address) {
  in6_addr v6{};
  if (::inet_pton(AF_INET6, address.c_str(), &v6) != 1) return {address, {}};
  const auto* bytes = reinterpret_cast<const char*>(&v6);
  return {{bytes, caller_bytes}, {bytes, site_bytes}};
}

}  // namespace

bool SourceLimit::enter_network(const std::string& network, std::size_t limit) {
  auto& open = open_[network];
  if (open >= limit) {
    if (open == 0) open_.erase(network);
    return false;
  }
  ++open;
  return true;
}

void SourceLimit::leave_network(const std::string& network) noexcept {
  const auto found = open_.find(network);
  if (found != open_.end() && --found->second == 0) open_.erase(found);
}

bool SourceLimit::enter(const std::string& address, std::size_t limit) {
  const auto source = source_of(address);
  const std::lock_guard lock(mutex_);
  if (!enter_network(source.caller, limit)) return false;
  if (source.site.empty() || enter_network(source.site, limit * callers_of_a_site)) return true;
  leave_network(source.caller);
  return false;
}

void SourceLimit::leave(const std::string& address) noexcept {
  try {
    const auto source = source_of(address);
    const std::lock_guard lock(mutex_);
    leave_network(source.caller);
    if (!source.site.empty()) leave_network(source.site);
  } catch (const std::bad_alloc&) {
    return;  // counts one too many from this source: on the safe side
  }
}

}  // namespace gatehouse::proxy
