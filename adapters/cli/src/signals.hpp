// SPDX-License-Identifier: Apache-2.0
#pragma once
/// SIGTERM, SIGINT, SIGHUP and SIGUSR1 as calls of ordinary functions, on a thread of their own.
#include <functional>
#include <memory>
#include <thread>

#include <gatehouse/result.hpp>

namespace gatehouse::cli {

struct SignalActions {
  std::function<void()> end{};     ///< SIGTERM, SIGINT
  std::function<void()> reload{};  ///< SIGHUP
  std::function<void()> reopen{};  ///< SIGUSR1
};

class Signals {
 public:
  /// Blocks the signals in this thread and all that it starts from then on, and ignores SIGPIPE: call it before any
  /// other thread is there. What arrives before watch() is kept.
  [[nodiscard]] static Result<std::unique_ptr<Signals>> hold();

  /// Calls `actions`, one at a time, until this object ends.
  [[nodiscard]] Result<void> watch(SignalActions actions);

  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  Signals(int signal_fd, int end_fd) : signal_fd_(signal_fd), end_fd_(end_fd) {}
  void run(const SignalActions& actions) const;
  int signal_fd_;
  int end_fd_;
  std::thread thread_;
};

}  // namespace gatehouse::cli
