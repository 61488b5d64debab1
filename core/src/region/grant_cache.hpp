// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Remembered grants: a login costs one backend call, not one per request. This is the seam where the shared region
/// will sit; the questions asked of it stay the same.
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <gatehouse/decision.hpp>

#include "region/cache_key.hpp"
#include "region/epochs.hpp"
#include "runtime/clock.hpp"

namespace gatehouse::detail {

/// What must not have moved for a remembered grant to count.
struct Conditions {
  /// Backends asked before the one that granted: any change there might make the caller theirs.
  std::vector<std::pair<std::shared_ptr<const Epochs>, std::uint64_t>> earlier;
  std::shared_ptr<const Epochs> granting;
  std::string subject;  ///< as the granting backend knows it
  std::uint64_t subject_epoch = 0;
};

class GrantCache {
 public:
  explicit GrantCache(Clock& clock) : clock_(clock) {}

  /// A grant that still counts, or null. Takes one of many locks, allocates nothing. [any-thread]
  [[nodiscard]] std::shared_ptr<const Answer> find(const CacheKey& key) noexcept;
  /// Remembers a grant until `until`, at the latest until its identity's expiry. `capacity` bounds the whole; the
  /// oldest go first. [any-thread]
  void store(const CacheKey& key, std::shared_ptr<const Answer> answer, Conditions conditions, SteadyTime until,
             std::size_t capacity);
  void flush() noexcept;
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  struct KeyHash {
    std::size_t operator()(const CacheKey& key) const noexcept;
  };
  struct Entry {
    std::shared_ptr<const Answer> answer;
    Conditions conditions;
    SteadyTime until;
    std::uint64_t order = 0;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<CacheKey, Entry, KeyHash> entries;
    std::deque<std::pair<CacheKey, std::uint64_t>>
        ages;  ///< oldest first; an entry stored anew leaves its old age here
    std::uint64_t order = 0;
  };
  static constexpr std::size_t shards = 16;
  [[nodiscard]] Shard& shard(const CacheKey& key) noexcept { return shards_[key[31] % shards]; }

  Clock& clock_;
  std::array<Shard, shards> shards_;
};

}  // namespace gatehouse::detail
