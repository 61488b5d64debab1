// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The flights that are on their way, found by the question they answer.
#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "region/cache_key.hpp"

namespace gatehouse::detail {

class Flight;

class FlightTable {
 public:
  /// The flight that answers this question already, or null. [any-thread]
  [[nodiscard]] std::shared_ptr<Flight> find(const CacheKey& key) const {
    const Shard& shard = shards_[key[0] % shards];
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.flights.find(key);
    return found == shard.flights.end() ? nullptr : found->second.lock();
  }
  /// Enters `flight` unless another answers this question already: then returns that one. [any-thread]
  [[nodiscard]] std::shared_ptr<Flight> enter(const CacheKey& key, const std::shared_ptr<Flight>& flight) {
    Shard& shard = shards_[key[0] % shards];
    const std::lock_guard lock(shard.mutex);
    auto& entry = shard.flights[key];
    if (auto other = entry.lock()) return other;
    entry = flight;
    return flight;
  }
  /// In place of one that can be joined no more. [any-thread]
  void replace(const CacheKey& key, const std::shared_ptr<Flight>& flight) {
    Shard& shard = shards_[key[0] % shards];
    const std::lock_guard lock(shard.mutex);
    shard.flights[key] = flight;
  }
  void leave(const CacheKey& key, const Flight* flight) noexcept {
    Shard& shard = shards_[key[0] % shards];
    std::shared_ptr<Flight> held;  // let go of after the lock
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.flights.find(key);
    if (found == shard.flights.end()) return;
    held = found->second.lock();
    if (held.get() == flight || held == nullptr) shard.flights.erase(found);
  }

 private:
  static constexpr std::size_t shards = 16;
  struct Hash {
    std::size_t operator()(const CacheKey& key) const noexcept { return word_of(key, 1); }
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<CacheKey, std::weak_ptr<Flight>, Hash> flights;
  };
  std::array<Shard, shards> shards_;
};

}  // namespace gatehouse::detail
