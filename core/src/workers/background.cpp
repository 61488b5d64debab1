// SPDX-License-Identifier: Apache-2.0
#include "workers/background.hpp"

#include <utility>

#include "workers/thread.hpp"

namespace gatehouse::detail {

Background::Background(std::function<void()> work) : shared_(std::make_shared<Shared>()) {
  shared_->work = std::move(work);
}

Background::~Background() {
  static_cast<void>(stop(std::chrono::milliseconds(0)));
}

void Background::wake(SteadyTime when) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->due = when;
  }
  shared_->changed.notify_all();
}

void Background::start(const std::string& name) {
  if (thread_.joinable()) return;
  shared_->stopping = false;
  thread_ = start_thread("gh-bg-" + name, Priority::normal, [shared = shared_] { run(shared); });
}

bool Background::stop(std::chrono::milliseconds grace) noexcept {
  std::unique_lock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
  if (!thread_.joinable()) return !shared_->running;
  const bool ended = shared_->changed.wait_for(lock, grace, [&] { return !shared_->running; });
  lock.unlock();
  if (ended) {
    thread_.join();
  } else {
    thread_.detach();
  }
  return ended;
}

void Background::run_if_due(SteadyTime now) {
  std::unique_lock lock(shared_->mutex);
  if (shared_->running || !shared_->due || now < *shared_->due) return;
  run_once(*shared_, lock);
}

void Background::run_once(Shared& shared, std::unique_lock<std::mutex>& lock) {
  shared.due.reset();
  shared.running = true;
  lock.unlock();
  shared.work();
  lock.lock();
  shared.running = false;
  shared.changed.notify_all();
}

void Background::run(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  while (!shared->stopping) {
    if (!shared->due) {
      shared->changed.wait(lock);
    } else if (const SteadyTime due = *shared->due; std::chrono::steady_clock::now() < due) {
      shared->changed.wait_until(lock, due);
    } else {
      run_once(*shared, lock);
    }
  }
}

}  // namespace gatehouse::detail
