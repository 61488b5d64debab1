// SPDX-License-Identifier: Apache-2.0
#include "workers/worker_pool.hpp"

#include <iterator>
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
  std::list<std::shared_ptr<Job>> dropped;
  bool all_ended = false;
  {
    std::unique_lock lock(shared_->mutex);
    shared_->stopping = true;
    dropped.swap(shared_->queue);
    for (const auto& job : dropped) job->state_ = Job::State::outside;
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
    shared_->queue.back()->place_ = std::prev(shared_->queue.end());
    shared_->queue.back()->state_ = Job::State::queued;
  }
  shared_->changed.notify_one();
  return Submitted::taken;
}

bool WorkerPool::abandon(Job& job) noexcept {
  job.abandoned_.store(true);
  std::list<std::shared_ptr<Job>> gone;  // let go of after the lock
  const std::lock_guard lock(shared_->mutex);
  if (job.state_ != Job::State::queued) return false;
  job.state_ = Job::State::outside;
  gone.splice(gone.begin(), shared_->queue, job.place_);
  return true;
}

void WorkerPool::give_up(Job& job) noexcept {
  if (abandon(job)) return;
  const std::lock_guard lock(shared_->mutex);
  if (job.state_ != Job::State::running) return;
  job.state_ = Job::State::stuck;
  ++shared_->stuck;
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
    job->state_ = Job::State::running;
    lock.unlock();
    job->run();
    lock.lock();
    if (job->state_ == Job::State::stuck) --shared->stuck;
    job->state_ = Job::State::outside;
    lock.unlock();
    job.reset();
    lock.lock();
  }
  --shared->living;
  shared->ended.notify_all();
}

}  // namespace gatehouse::detail
