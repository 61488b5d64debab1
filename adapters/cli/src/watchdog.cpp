// SPDX-License-Identifier: Apache-2.0
#include "watchdog.hpp"

#include <utility>

namespace gatehouse::cli {

Watchdog::Watchdog(std::chrono::microseconds interval, std::function<void()> check) {
  if (interval.count() <= 0) return;
  thread_ = std::thread([this, interval, checked = std::move(check)] {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, interval, [this] { return over_; })) {
      lock.unlock();
      checked();
      lock.lock();
    }
  });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace gatehouse::cli
