// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the service manager is told (sd_notify(3)): one datagram to the socket that it named in the environment.
#include <chrono>
#include <string>
#include <string_view>

namespace gatehouse::cli {

class Notifier {
 public:
  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and removes them, so that no child speaks in our name. Call
  /// it before any other thread is there.
  [[nodiscard]] static Notifier from_environment();

  /// Says nothing, to nobody.
  Notifier() = default;

  void ready(std::string_view status) const noexcept;
  void reloading() const noexcept;
  void stopping() const noexcept;
  void alive() const noexcept;

  /// How often alive() is due; zero: never.
  [[nodiscard]] std::chrono::microseconds watchdog() const noexcept { return watchdog_; }

 private:
  void send(const std::string& text) const noexcept;
  std::string socket_;
  std::chrono::microseconds watchdog_{0};
};

}  // namespace gatehouse::cli
