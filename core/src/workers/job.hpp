// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One piece of work for a pool.
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>

#include "runtime/clock.hpp"

namespace gatehouse::detail {

class Job {
 public:
  virtual ~Job() = default;
  virtual void run() noexcept = 0;
  /// It was queued, and the pool ended before its turn.
  virtual void dropped() noexcept {}
  /// Who it is for: the pool is fair between them. 0: nobody in particular.
  [[nodiscard]] virtual std::uint64_t origin() const noexcept { return 0; }
  /// When its result is of no use any more.
  [[nodiscard]] virtual SteadyTime latest() const noexcept { return SteadyTime::max(); }
  /// True once nobody waits for the result. Outlives run().
  [[nodiscard]] const std::atomic<bool>& abandoned() const noexcept { return abandoned_; }

 private:
  friend class WorkerPool;
  friend class FairQueue;
  enum class State { outside, queued, running, stuck };
  std::atomic<bool> abandoned_{false};
  // Under the pool's lock:
  State state_ = State::outside;
  std::list<std::shared_ptr<Job>>::iterator place_;  ///< in its lane, while it is queued
};

}  // namespace gatehouse::detail
