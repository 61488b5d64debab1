// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Jobs in the order in which they are run: each origin has a lane of its own, and the lanes take turns. A flood from
/// one of them waits for itself.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>

#include "workers/job.hpp"

namespace gatehouse::detail {

/// Not thread-safe: the pool's lock guards it.
class FairQueue {
 public:
  explicit FairQueue(std::size_t limit) noexcept : limit_(limit) {}

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// An origin has room for as much as is free beside it: one alone gets half of the whole, each of many less, and
  /// somebody new always finds a place. Who is not known shares all of it.
  [[nodiscard]] bool has_room(std::uint64_t origin) const noexcept {
    if (size_ >= limit_) return false;
    return origin == 0 || waiting(origin) < limit_ - size_;
  }
  /// How many would be run before the next job of this origin, at most.
  [[nodiscard]] std::size_t before(std::uint64_t origin) const noexcept {
    const std::size_t lanes = turns_.size() + (lanes_.contains(origin) ? 0 : 1);
    return std::min(size_, (waiting(origin) + 1) * lanes - 1);
  }

  /// If memory runs out nothing has changed.
  void push(std::shared_ptr<Job> job) {
    const std::uint64_t origin = job->origin();
    std::list<std::shared_ptr<Job>> one;
    one.push_back(std::move(job));
    const auto found = lanes_.find(origin);
    Lane& lane = found != lanes_.end() ? *found->second : add_lane(origin);
    lane.jobs.splice(lane.jobs.end(), one);
    lane.jobs.back()->place_ = std::prev(lane.jobs.end());
    ++size_;
  }
  /// Not of an empty queue.
  [[nodiscard]] std::shared_ptr<Job> pop() noexcept {
    const auto lane = turns_.begin();
    std::shared_ptr<Job> job = std::move(lane->jobs.front());
    lane->jobs.pop_front();
    --size_;
    if (lane->jobs.empty()) {
      lanes_.erase(lane->origin);
      turns_.erase(lane);
    } else {
      turns_.splice(turns_.end(), turns_, lane);
    }
    return job;
  }
  /// Of a job that is in it. The job is returned so that it can be let go of later.
  [[nodiscard]] std::shared_ptr<Job> remove(Job& job) noexcept {
    const auto lane = lanes_.find(job.origin());
    std::shared_ptr<Job> removed = std::move(*job.place_);
    lane->second->jobs.erase(job.place_);
    --size_;
    if (lane->second->jobs.empty()) {
      turns_.erase(lane->second);
      lanes_.erase(lane);
    }
    return removed;
  }

 private:
  struct Lane {
    std::uint64_t origin = 0;
    std::list<std::shared_ptr<Job>> jobs;
  };
  [[nodiscard]] std::size_t waiting(std::uint64_t origin) const noexcept {
    const auto found = lanes_.find(origin);
    return found == lanes_.end() ? 0 : found->second->jobs.size();
  }
  Lane& add_lane(std::uint64_t origin) {
    std::list<Lane> one;
    one.push_back({origin, {}});
    lanes_.emplace(origin, one.begin());
    turns_.splice(turns_.end(), one);
    return turns_.back();
  }

  std::size_t limit_;
  std::size_t size_ = 0;
  std::list<Lane> turns_;  ///< the first is next
  std::unordered_map<std::uint64_t, std::list<Lane>::iterator> lanes_;
};

}  // namespace gatehouse::detail
