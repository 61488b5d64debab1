// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Calls a function every so often, on a thread of its own, until it ends.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace gatehouse::cli {

class Watchdog {
 public:
  /// An interval of zero: never.
  Watchdog(std::chrono::microseconds interval, std::function<void()> check);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace gatehouse::cli
