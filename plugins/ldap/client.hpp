// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The directory as a whole: its servers, the connections to them, and what happens when one of them fails.
#include <atomic>
#include <chrono>
#include <gatehouse/plugin/host.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "connection.hpp"
#include "directory.hpp"
#include "pool.hpp"
#include "resolver.hpp"
#include "server_list.hpp"
#include "settings.hpp"

namespace gatehouse::ldap {

/// Where the time of one call went, and who answered; for the log.
struct Trail {
  std::string server{};
  std::chrono::microseconds connecting{};
  std::chrono::microseconds searching{};
  std::chrono::microseconds binding{};
  std::size_t searches = 0;
};

class Client {
 public:
  using Lease = Pool<Connection>::Lease;
  struct Bound {
    BindReply reply{};
    std::string fault{};           ///< not empty: no connection could be had, nothing was sent
    bool overload = false;         ///< all connections stayed in use
    std::optional<Lease> lease{};  ///< the connection, bound as the user
  };

  Client(plugin::Host host, const Settings& settings);

  /// [may block]
  void start();
  /// Looks after failed servers, old connections and addresses. Returns when to come again. [may block]
  [[nodiscard]] Milliseconds look_after();
  void close_all();

  /// As the service account. Tried again on another connection or server where one was lost. [any-thread]
  [[nodiscard]] SearchReply search(const SearchRequest& request, Deadline deadline, Trail& trail);
  /// Never tried again after it was sent: a wrong password must not count twice. [any-thread]
  [[nodiscard]] Bound bind(const std::string& name, std::string_view password, Deadline deadline, Trail& trail);
  /// As the user who has bound, on that connection.
  [[nodiscard]] SearchReply search_as(const Lease& lease, const std::string& name, const SearchRequest& request,
                                      Deadline deadline, Trail& trail) const;

 private:
  [[nodiscard]] std::unique_ptr<Connection> open(Role role, Deadline deadline, Trail& trail, std::string& fault);
  [[nodiscard]] std::unique_ptr<Connection> open_one(Role role, const ServerAddress& server, Deadline deadline,
                                                     std::string& fault);
  [[nodiscard]] bool log_in(Connection& connection, Deadline deadline, std::string& fault);
  void note_failure(const ServerAddress& server, const std::string& why);
  void note_success(const ServerAddress& server);
  void close_idle_to(const ServerAddress& server);
  void look_up_servers_again();
  [[nodiscard]] bool may_use(const Connection& connection, Milliseconds idle) const;

  plugin::Host host_;
  const Settings& settings_;
  Resolver resolver_;
  ServerList servers_;
  Pool<Connection> pool_;
  std::atomic<Deadline::Clock::time_point> service_refused_until_{Deadline::Clock::time_point{}};
  Deadline::Clock::time_point servers_looked_up_{};
};

}  // namespace gatehouse::ldap
