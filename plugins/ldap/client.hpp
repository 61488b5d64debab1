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
#include <utility>

#include "connection.hpp"
#include "directory.hpp"
#include "first_login.hpp"
#include "pool.hpp"
#include "resolver.hpp"
#include "server_list.hpp"
#include "settings.hpp"

namespace gatehouse::ldap {

/// Where the time of one call went, and who answered; for the log.
struct Trail {
  /// From here on it is this server that is asked.
  void asks(std::string uri) {
    if (uri == server) return;
    server = std::move(uri);
    answered = false;
  }

  [[nodiscard]] bool has_answer_of(const ServerAddress& which) const { return answered && server == which.uri(); }

  std::string server{};
  bool answered = false;  ///< by that server, to this call
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
  /// Waiting for one server.
  struct Wait {
    Wait(Deadline deadline, Milliseconds most) : limit(most), until(deadline.within(most)), had(until.left()) {}
    Milliseconds limit;
    Deadline until;
    Milliseconds had;
    Deadline::Clock::time_point began = Deadline::Clock::now();
  };
  enum class Admission { granted, refused, failed, not_tried };

  [[nodiscard]] std::unique_ptr<Connection> open_one(Role role, const ServerAddress& server, const Wait& wait,
                                                     const Trail& trail, std::string& fault);
  [[nodiscard]] std::unique_ptr<Connection> connect(const ServerAddress& server, Deadline deadline, std::string& fault);
  /// Notes that the account is refused, if it is.
  [[nodiscard]] Admission log_in(Connection& connection, Deadline deadline, std::string& fault);
  void note_time(Deadline deadline) noexcept;
  [[nodiscard]] Milliseconds patience(Milliseconds limit) const noexcept;
  /// Whether a wait that was in vain says that the server does not work, rather than that this caller had little time
  /// or that this question takes long.
  [[nodiscard]] bool blames(const ServerAddress& server, const Wait& wait, const Trail& trail) const;
  void note_answer(const ServerAddress& server);
  void note_refusal(const ServerAddress& server, const std::string& why);
  void note_failure(const ServerAddress& server, const std::string& why);
  void probe(const ServerAddress& server);
  void close_idle_to(const ServerAddress& server);
  void look_up_servers_again();
  [[nodiscard]] bool may_use(const Connection& connection, Milliseconds idle) const;

  plugin::Host host_;
  const Settings& settings_;
  Resolver resolver_;
  ServerList servers_;
  Pool<Connection> pool_;
  FirstLogin first_login_;
  std::atomic<Milliseconds> longest_call_{Milliseconds(0)};  ///< how much time calls come with, at most
  Deadline::Clock::time_point servers_looked_up_{};
};

}  // namespace gatehouse::ldap
