// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Names into addresses, and a domain into its directory servers (DNS SRV, RFC 2782).
#include <netinet/in.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "deadline.hpp"
#include "server_address.hpp"
#include "socket.hpp"

namespace gatehouse::ldap {

/// A host's addresses at a port, at most 16, as the system looks them up; empty if there are none. It cannot be
/// stopped: it may outlast a deadline, which the engine keeps. [any-thread] [may block]
[[nodiscard]] std::vector<SocketAddress> look_up_host(const std::string& host, std::uint16_t port, std::string& fault);

/// Hosts' addresses, remembered: what was known once is never waited for again, and counts until refresh() has
/// something newer. [any-thread]
class Resolver {
 public:
  using LookUp = std::function<decltype(look_up_host)>;

  explicit Resolver(LookUp look_up = look_up_host, Milliseconds good_for = Milliseconds(15'000))
      : look_up_(std::move(look_up)), good_for_(good_for) {}

  /// Empty if there are none; `fault` then says why. Numbers are not looked up. [may block] the first time.
  [[nodiscard]] std::vector<SocketAddress> addresses_of(const ServerAddress& server, std::string& fault);
  /// Looks up again what is older than it is good for. [may block]
  void refresh();

 private:
  struct Known {
    std::vector<SocketAddress> addresses;
    Deadline::Clock::time_point at;
  };
  LookUp look_up_;
  Milliseconds good_for_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::uint16_t>, Known> known_;
};

struct ServiceRecord {
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  std::string target{};
};

/// Reads the answer of a DNS server; at most 64 records. Empty if it is none. For tests.
[[nodiscard]] std::vector<ServiceRecord> read_service_records(const unsigned char* answer, int size);

/// By priority, then by weight, heavier first. Targets outside of the domain are left out: the answer of a DNS server
/// is not proven, and must not name a server that has a certificate for another place.
[[nodiscard]] std::vector<ServerAddress> servers_from(std::vector<ServiceRecord> records, const ServiceDomain& service);

/// Asks for _ldap._tcp.DOMAIN, or _ldaps._tcp. At most about `limit` long. The system's DNS servers are asked, or, in
/// tests, `name_server`. [may block]
[[nodiscard]] std::vector<ServerAddress> look_up_servers(const ServiceDomain& service, Milliseconds limit,
                                                         std::string& fault, const sockaddr_in* name_server = nullptr);

}  // namespace gatehouse::ldap
