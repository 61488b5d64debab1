// SPDX-License-Identifier: Apache-2.0
#include "workers/worker_pool.hpp"

#include <utility>

namespace gatehouse::detail {

WorkerPool::WorkerPool(std::string name, std::size_t workers, std::size_t queue, Priority priority)
    : name_(std::move(name)), priority_(priority), shared_(std::make_shared<Shared>()) {
  shared_->workers = workers;
  shared_->queue_limit = queue;
}

WorkerPool::~WorkerPool() {
  stop(std::chrono::milliseconds(0));
}

void WorkerPool::start() {
  if (!threads_.empty()) return;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopping = false;
    shared_->living = 0;
  }
  for (std::size_t i = 0; i < shared_->workers; ++i) {
    {
      const std::lock_guard lock(shared_->mutex);
      ++shared_->living;
    }
    try {
      threads_.push_back(start_thread("gh-" + name_, priority_, [shared = shared_] { work(shared); }));
    } catch (...) {
      const std::lock_guard lock(shared_->mutex);
      --shared_->living;
      throw;
    }
  }
}

bool WorkerPool::stop(std::chrono::milliseconds grace) noexcept {
  std::deque<std::shared_ptr<Job>> dropped;
  bool all_ended = false;
  {
    std::unique_lock lock(shared_->mutex);
    shared_->stopping = true;
    dropped.swap(shared_->queue);
    shared_->changed.notify_all();
    all_ended = shared_->ended.wait_for(lock, grace, [&] { return shared_->living == 0; });
  }
  for (std::thread& thread : threads_) {
    if (all_ended) {
      thread.join();
    } else {
      thread.detach();
    }
  }
  threads_.clear();
  return all_ended;
}

WorkerPool::Submitted WorkerPool::submit(std::shared_ptr<Job> job) {
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->stopping) return Submitted::stopped;
    if (shared_->stuck >= shared_->workers) return Submitted::stuck;
    if (shared_->queue.size() >= shared_->queue_limit) return Submitted::full;
    shared_->queue.push_back(std::move(job));
  }
  shared_->changed.notify_one();
  return Submitted::taken;
}

bool WorkerPool::abandon(Job& job) noexcept {
  job.abandoned_.store(true);
  auto queued = Job::State::queued;
  return job.state_.compare_exchange_strong(queued, Job::State::over);
}

void WorkerPool::give_up(Job& job) noexcept {
  if (abandon(job)) return;
  const std::lock_guard lock(shared_->mutex);
  auto running = Job::State::running;
  if (job.state_.compare_exchange_strong(running, Job::State::stuck)) ++shared_->stuck;
}

std::size_t WorkerPool::stuck() const noexcept {
  const std::lock_guard lock(shared_->mutex);
  return shared_->stuck;
}

void WorkerPool::work(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  for (;;) {
    shared->changed.wait(lock, [&] { return shared->stopping || !shared->queue.empty(); });
    if (shared->stopping) break;
    std::shared_ptr<Job> job = std::move(shared->queue.front());
    shared->queue.pop_front();
    lock.unlock();
    auto queued = Job::State::queued;
    if (job->state_.compare_exchange_strong(queued, Job::State::running)) {
      job->run();
      lock.lock();
      if (job->state_.exchange(Job::State::over) == Job::State::stuck) --shared->stuck;
      lock.unlock();
    }
    job.reset();
    lock.lock();
  }
  --shared->living;
  shared->ended.notify_all();
}

}  // namespace gatehouse::detail
