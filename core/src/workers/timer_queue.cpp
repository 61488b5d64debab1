// SPDX-License-Identifier: Apache-2.0
#include "workers/timer_queue.hpp"

#include "workers/thread.hpp"

namespace gatehouse::detail {

void TimerQueue::start() {
  const std::lock_guard lock(mutex_);
  if (thread_.joinable()) return;
  stopping_ = false;
  thread_ = start_thread("gh-timer", Priority::normal, [this] { run(); });
}

void TimerQueue::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  std::map<Id, std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    dropped.swap(waiting_);
  }
}

TimerQueue::Id TimerQueue::at(SteadyTime when, std::function<void()> action) {
  Id id;
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return {};
    id = {when, next_++};
    const auto added = waiting_.emplace(id, std::move(action)).first;
    first = added == waiting_.begin();
  }
  if (first) changed_.notify_one();
  return id;
}

void TimerQueue::cancel(Id id) noexcept {
  std::function<void()> dropped;
  const std::lock_guard lock(mutex_);
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  dropped = std::move(found->second);
  waiting_.erase(found);
}

void TimerQueue::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const SteadyTime first = waiting_.begin()->first.when;
    if (std::chrono::steady_clock::now() < first) {
      changed_.wait_until(lock, first);
      continue;
    }
    auto action = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    lock.unlock();
    try {
      action();
    } catch (...) {
      // Out of memory: what was to be done here is not, and the next is.
      action = nullptr;
    }
    action = nullptr;
    lock.lock();
  }
}

}  // namespace gatehouse::detail
