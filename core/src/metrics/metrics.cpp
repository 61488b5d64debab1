// SPDX-License-Identifier: Apache-2.0
#include "metrics/metrics.hpp"

#include <algorithm>

namespace gatehouse::detail {

DecisionCounts& RealmCounts::of(const std::string& backend) {
  const std::lock_guard lock(mutex_);
  auto& counts = backends_[backend];
  if (!counts) counts = std::make_unique<DecisionCounts>();
  return *counts;
}

void RealmCounts::add_latency(std::chrono::nanoseconds time) noexcept {
  const double seconds = std::chrono::duration<double>(time).count();
  const auto bucket = std::lower_bound(latency_bounds.begin(), latency_bounds.end(), seconds) - latency_bounds.begin();
  latency_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  latency_ns_.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0)), std::memory_order_relaxed);
}

std::shared_ptr<const void> RealmCounts::remembers_for(std::chrono::milliseconds longest) {
  auto one = std::make_shared<const std::chrono::milliseconds>(longest);
  const std::lock_guard lock(mutex_);
  std::erase_if(longest_, [](const auto& other) { return other.expired(); });
  longest_.push_back(one);
  return one;
}

RealmMetrics RealmCounts::read(const std::string& name) const {
  RealmMetrics result;
  result.realm = name;
  result.cache_hits = cache_hits.value();
  result.remembered_refusals = remembered_refusals.value();
  BackendDecisions unasked;
  unasked.count[static_cast<std::size_t>(DecisionCode::denied)] = unasked_denied.value();
  unasked.count[static_cast<std::size_t>(DecisionCode::unavailable)] = unasked_unavailable.value();
  result.decisions.push_back(unasked);
  {
    const std::lock_guard lock(mutex_);
    for (const auto& each : longest_) {
      if (const auto one = each.lock()) {
        result.longest_remembered = std::max(result.longest_remembered, std::chrono::duration<double>(*one).count());
      }
    }
    for (const auto& [backend, counts] : backends_) {
      BackendDecisions one;
      one.backend = backend;
      for (std::size_t i = 0; i < decision_code_count; ++i) {
        one.count[i] = counts->by_code[i].load(std::memory_order_relaxed);
      }
      result.decisions.push_back(std::move(one));
    }
  }
  for (std::size_t i = 0; i < latency_.size(); ++i) result.latency[i] = latency_[i].load(std::memory_order_relaxed);
  result.latency_sum = static_cast<double>(latency_ns_.load(std::memory_order_relaxed)) / 1e9;
  return result;
}

std::shared_ptr<RealmCounts> Metrics::realm(const std::string& name) {
  const std::lock_guard lock(mutex_);
  auto& counts = realms_[name];
  if (!counts) counts = std::make_shared<RealmCounts>();
  return counts;
}

RuntimeMetrics Metrics::read() const {
  RuntimeMetrics result;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, counts] : realms_) result.realms.push_back(counts->read(name));
  result.in_flight = in_flight.load(std::memory_order_relaxed);
  return result;
}

}  // namespace gatehouse::detail
