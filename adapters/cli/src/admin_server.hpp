// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The admin listener: health and metrics for whoever can reach it; commands on a unix socket only, and there only for
/// root and the user that this process runs as. It has a thread of its own: it answers also while the door is busy.
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <gatehouse/result.hpp>
#include <gatehouse/runtime.hpp>

#include "admin_commands.hpp"

namespace gatehouse::cli {

struct AdminPages {
  std::function<bool()> ready;           ///< new requests are welcome
  std::function<std::string()> health;   ///< JSON
  std::function<std::string()> metrics;  ///< in the text format of Prometheus
  std::vector<AdminCommand> commands;
  std::function<void(LogLevel, std::string_view)> log;
  /// For a caller to ask, and for the answer to reach them. A command takes the time that it takes.
  std::chrono::milliseconds time_limit{10'000};
};

class AdminServer {
 public:
  /// Listens on `address` (A:P, [v6]:P, unix:PATH or fd:N) and answers from then on. A unix socket is made with mode
  /// 0600; one that nobody listens on is replaced.
  [[nodiscard]] static Result<std::unique_ptr<AdminServer>> open(const std::string& address, AdminPages pages);

  /// Where it listens, with the port that was picked.
  [[nodiscard]] const std::string& address() const noexcept;

  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

 private:
  struct State;
  explicit AdminServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::cli
