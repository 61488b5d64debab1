// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the engine counts. Realms and backends keep their counts across reloads, by name.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/metrics.hpp>

#include "metrics/counter.hpp"

namespace gatehouse::detail {

/// Of one backend in one realm, by DecisionCode. Written by workers: one cache line each is enough.
struct DecisionCounts {
  std::array<std::atomic<std::uint64_t>, decision_code_count> by_code{};
  void add(DecisionCode code) noexcept {
    by_code[static_cast<std::size_t>(code)].fetch_add(1, std::memory_order_relaxed);
  }
};

/// Of one realm.
class RealmCounts {
 public:
  /// The counts of a backend, which live as long as this; "" stands for none. [any-thread]
  [[nodiscard]] DecisionCounts& of(const std::string& backend);
  void add_latency(std::chrono::nanoseconds time) noexcept;
  /// A configuration under which a login is remembered for so long; as long as what is returned lives.
  [[nodiscard]] std::shared_ptr<const void> remembers_for(std::chrono::milliseconds longest);
  [[nodiscard]] RealmMetrics read(const std::string& name) const;

  Counter cache_hits;
  Counter remembered_refusals;
  Counter unasked_denied;       ///< no credential, or none that a backend may see
  Counter unasked_unavailable;  ///< not running

 private:
  mutable std::mutex mutex_;  // guards the map, not what it holds, and the list
  std::map<std::string, std::unique_ptr<DecisionCounts>> backends_;
  std::vector<std::weak_ptr<const std::chrono::milliseconds>> longest_;
  std::array<std::atomic<std::uint64_t>, latency_bounds.size() + 1> latency_{};
  std::atomic<std::uint64_t> latency_ns_{0};
};

class Metrics {
 public:
  /// Lives as long as this. [any-thread]
  [[nodiscard]] std::shared_ptr<RealmCounts> realm(const std::string& name);
  /// Without the backends' load, which is not counted but looked at. [any-thread]
  [[nodiscard]] RuntimeMetrics read() const;

  std::atomic<std::uint64_t> in_flight{0};

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<RealmCounts>> realms_;
};

}  // namespace gatehouse::detail
