// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Something that one thread waits for and another says. No wait is longer than ten seconds.
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace gatehouse::test {

class Count {
 public:
  void add() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  [[nodiscard]] bool wait(int at_least = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return count_ >= at_least; });
  }
  [[nodiscard]] int value() {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

}  // namespace gatehouse::test
