// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Deadlines and held refusals: things to do at a time. One thread.
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "runtime/clock.hpp"

namespace gatehouse::detail {

class TimerQueue {
 public:
  /// Names one timer. Empty is none.
  struct Id {
    SteadyTime when{};
    std::uint64_t number = 0;
    auto operator<=>(const Id&) const = default;
  };

  TimerQueue() = default;
  ~TimerQueue() { stop(); }
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  void start();
  /// What is still waiting is dropped. Idempotent.
  void stop() noexcept;
  /// `action` runs on the timer thread, soon after `when`, and must not block or throw. After stop() it is dropped.
  /// [any-thread]
  Id at(SteadyTime when, std::function<void()> action);
  /// Takes a timer back; one whose action has begun is not waited for. [any-thread]
  void cancel(Id id) noexcept;

 private:
  void run();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Id, std::function<void()>> waiting_;
  std::uint64_t next_ = 1;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gatehouse::detail
