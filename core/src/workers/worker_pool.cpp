// SPDX-License-Identifier: Apache-2.0
#include "workers/worker_pool.hpp"

#include <utility>

namespace gatehouse::detail {

WorkerPool::WorkerPool(std::string name, std::size_t workers, std::size_t queue, Priority priority)
    : name_(std::move(name)), priority_(priority), shared_(std::make_shared<Shared>(workers, queue)) {}

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
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopping = true;
  }
  shared_->changed.notify_all();
  while (const std::shared_ptr<Job> job = take_queued()) job->dropped();
  bool all_ended = false;
  {
    std::unique_lock lock(shared_->mutex);
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

std::shared_ptr<Job> WorkerPool::take_queued() noexcept {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->queue.empty()) return nullptr;
  std::shared_ptr<Job> job = shared_->queue.pop();
  job->state_ = Job::State::outside;
  return job;
}

WorkerPool::Submitted WorkerPool::submit(std::shared_ptr<Job> job) {
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->stopping) return Submitted::stopped;
    if (shared_->stuck >= shared_->workers) return Submitted::stuck;
    const std::uint64_t origin = job->origin();
    if (!shared_->queue.has_room(origin)) return Submitted::full;
    if (job->latest() != SteadyTime::max()) {
      const auto rounds = shared_->queue.before(origin) / shared_->workers;
      if (std::chrono::steady_clock::now() + shared_->usual * static_cast<std::int64_t>(rounds) > job->latest()) {
        return Submitted::late;
      }
    }
    Job& queued = *job;
    shared_->queue.push(std::move(job));
    queued.state_ = Job::State::queued;
  }
  shared_->changed.notify_one();
  return Submitted::taken;
}

bool WorkerPool::abandon(Job& job) noexcept {
  job.abandoned_.store(true);
  std::shared_ptr<Job> gone;  // let go of after the lock
  const std::lock_guard lock(shared_->mutex);
  if (job.state_ != Job::State::queued) return false;
  job.state_ = Job::State::outside;
  gone = shared_->queue.remove(job);
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

std::size_t WorkerPool::queued() const noexcept {
  const std::lock_guard lock(shared_->mutex);
  return shared_->queue.size();
}

void WorkerPool::work(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  for (;;) {
    shared->changed.wait(lock, [&] { return shared->stopping || !shared->queue.empty(); });
    if (shared->stopping) break;
    std::shared_ptr<Job> job = shared->queue.pop();
    job->state_ = Job::State::running;
    lock.unlock();
    const auto began = std::chrono::steady_clock::now();
    job->run();
    const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - began;
    lock.lock();
    shared->usual += (took - shared->usual) / 8;
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
