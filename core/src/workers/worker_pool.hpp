// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One backend's own threads and queue: a slow backend cannot starve another.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "workers/fair_queue.hpp"
#include "workers/job.hpp"
#include "workers/thread.hpp"

namespace gatehouse::detail {

class WorkerPool {
 public:
  enum class Submitted { taken, full, late, stuck, stopped };

  WorkerPool(std::string name, std::size_t workers, std::size_t queue, Priority priority);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void start();
  /// Drops what is queued and ends the threads. False: one is stuck and is left behind after `grace`; the job it holds
  /// keeps alive what it uses. Idempotent.
  bool stop(std::chrono::milliseconds grace) noexcept;

  /// `full`: the queue has no room for this origin. `late`: by what jobs took so far, its turn would come when it is of
  /// no use any more. `stuck`: every worker is past a deadline and has not come back: the breaker is open.
  /// [any-thread]
  [[nodiscard]] Submitted submit(std::shared_ptr<Job> job);
  /// Nobody waits for this job any more. True: it was still queued, has left the queue and will not run. [any-thread]
  bool abandon(Job& job) noexcept;
  /// The job has passed its deadline: abandons it, and counts its worker as stuck until it comes back. [any-thread]
  void give_up(Job& job) noexcept;

  [[nodiscard]] std::size_t workers() const noexcept { return shared_->workers; }
  [[nodiscard]] std::size_t stuck() const noexcept;
  [[nodiscard]] std::size_t queued() const noexcept;

 private:
  /// What a thread that is left behind still uses.
  struct Shared {
    Shared(std::size_t how_many, std::size_t limit) noexcept : workers(how_many), queue(limit) {}
    const std::size_t workers;
    mutable std::mutex mutex;
    std::condition_variable changed;
    std::condition_variable ended;
    FairQueue queue;
    std::chrono::nanoseconds usual{0};  ///< what a job takes: a moving mean
    std::size_t stuck = 0;
    std::size_t living = 0;
    bool stopping = true;
  };
  static void work(const std::shared_ptr<Shared>& shared);
  /// The next that waits, which will not run; null: none does.
  [[nodiscard]] std::shared_ptr<Job> take_queued() noexcept;

  std::string name_;
  Priority priority_;
  std::shared_ptr<Shared> shared_;
  std::vector<std::thread> threads_;
};

}  // namespace gatehouse::detail
