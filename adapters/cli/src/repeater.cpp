// SPDX-License-Identifier: Apache-2.0
#include "repeater.hpp"

#include <exception>
#include <string>
#include <utility>

namespace gatehouse::cli {

Result<void> Repeater::start(std::function<void()> job) {
  try {
    thread_ = std::thread([this, job = std::move(job)] { run(job); });
  } catch (const std::exception& e) {
    return Error{std::string("cannot start a thread: ") + e.what()};
  }
  return {};
}

void Repeater::run(const std::function<void()>& job) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return asked_ || over_; });
    if (over_) return;
    asked_ = false;
    lock.unlock();
    job();
    lock.lock();
  }
}

void Repeater::ask() {
  const std::lock_guard lock(mutex_);
  asked_ = true;
  changed_.notify_one();
}

void Repeater::end() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

}  // namespace gatehouse::cli
