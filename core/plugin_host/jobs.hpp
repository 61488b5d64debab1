// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Threads that do what comes, in the order that it comes.
#include <pthread.h>
#include <signal.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

#include "workers/thread.hpp"

namespace gatehouse::detail::isolation {

/// Never destroyed: the process ends under it.
class Jobs {
 public:
  void add_threads(std::size_t count, Priority priority) {
    for (std::size_t i = 0; i < count; ++i) start_thread("gh-isolated", priority, [this] { work(); }).detach();
  }
  void put(std::function<void()> job) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(job));
    }
    changed_.notify_one();
  }

 private:
  [[noreturn]] void work() {
    let_faults_through();
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !waiting_.empty(); });
      const auto job = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      job();
    }
  }
  /// A plugin that raises what a fault would be ends the process, as the fault itself would.
  static void let_faults_through() {
    sigset_t faults;
    sigemptyset(&faults);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) sigaddset(&faults, fault);
    pthread_sigmask(SIG_UNBLOCK, &faults, nullptr);
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
};

}  // namespace gatehouse::detail::isolation
