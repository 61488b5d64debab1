// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Which server to ask: the first that works, in the order of the configuration. Its clock is the caller's.
///
/// A server that failed is left alone for the cool-down, while others answer. When none is left, each is tried again
/// at that pace, one call at a time: the others are answered at once, so that a dead directory slows nothing down.
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "deadline.hpp"
#include "server_address.hpp"

namespace gatehouse::ldap {

class ServerList {
 public:
  using Time = Deadline::Clock::time_point;

  ServerList(std::vector<ServerAddress> servers, Milliseconds cool_down);

  /// The servers to try now, best first. A failed one among them is tried by this caller alone. [any-thread]
  [[nodiscard]] std::vector<ServerAddress> to_try(Time now);
  /// The failed ones whose cool-down is over, for a look in the background.
  [[nodiscard]] std::vector<ServerAddress> to_probe(Time now);
  /// Left alone for the cool-down, or for `pause` where that is longer. True if that is news. [any-thread]
  bool failed(const ServerAddress& server, Time now, Milliseconds pause = Milliseconds(0));
  /// It has answered a question, whoever asked, and so works; a pause goes on, though. True if that is news.
  /// [any-thread]
  bool answered(const ServerAddress& server, Time now);
  [[nodiscard]] bool is_paused(const ServerAddress& server, Time now) const;
  [[nodiscard]] bool has_answered_since(const ServerAddress& server, Time when) const;
  /// Whether a connection to this server may be used: none that stands before it works. [any-thread]
  [[nodiscard]] bool is_best(const ServerAddress& server) const;
  [[nodiscard]] bool all_work() const;
  /// True if they are others than before. What is known of those that stay is kept. [any-thread]
  bool replace(const std::vector<ServerAddress>& servers);

 private:
  struct State {
    ServerAddress server;
    bool works = true;
    Time next_try{};
    Time paused_until{};
    Time answered{};
  };
  [[nodiscard]] State* find(const ServerAddress& server);
  [[nodiscard]] const State* find(const ServerAddress& server) const;

  mutable std::mutex mutex_;
  std::vector<State> states_;
  Milliseconds cool_down_;
};

}  // namespace gatehouse::ldap
