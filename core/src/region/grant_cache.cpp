// SPDX-License-Identifier: Apache-2.0
#include "region/grant_cache.hpp"

#include <algorithm>
#include <cstring>

namespace gatehouse::detail {
namespace {

bool hold(const Conditions& conditions) noexcept {
  const auto stands = [](const auto& earlier) { return earlier.first->any() == earlier.second; };
  return std::all_of(conditions.earlier.begin(), conditions.earlier.end(), stands) &&
         conditions.granting->of(conditions.subject) == conditions.subject_epoch;
}

}  // namespace

std::size_t GrantCache::KeyHash::operator()(const CacheKey& key) const noexcept {
  std::size_t hash = 0;
  std::memcpy(&hash, key.data(), sizeof hash);  // a MAC with a secret key: nobody can choose collisions
  return hash;
}

std::shared_ptr<const Answer> GrantCache::find(const CacheKey& key) noexcept {
  Shard& s = shard(key);
  Entry gone;  // destroyed after the lock is given back
  const std::lock_guard lock(s.mutex);
  const auto found = s.entries.find(key);
  if (found == s.entries.end()) return nullptr;
  const Entry& entry = found->second;
  const auto& expiry = entry.answer->identity.expiry;
  if (clock_.steady() < entry.until && (!expiry || clock_.wall() < *expiry) && hold(entry.conditions)) {
    return entry.answer;
  }
  gone = std::move(found->second);
  s.entries.erase(found);
  return nullptr;
}

void GrantCache::store(const CacheKey& key, std::shared_ptr<const Answer> answer, Conditions conditions,
                       SteadyTime until, std::size_t capacity) {
  const std::size_t limit = std::max<std::size_t>(1, capacity / shards);
  Shard& s = shard(key);
  const std::lock_guard lock(s.mutex);
  const std::uint64_t order = ++s.order;
  s.entries[key] = Entry{std::move(answer), std::move(conditions), until, order};
  s.ages.emplace_back(key, order);
  while (s.entries.size() > limit || s.ages.size() > 2 * limit) {
    const auto [oldest, age] = s.ages.front();
    s.ages.pop_front();
    const auto found = s.entries.find(oldest);
    if (found != s.entries.end() && found->second.order == age) s.entries.erase(found);
  }
}

void GrantCache::flush() noexcept {
  for (Shard& s : shards_) {
    const std::lock_guard lock(s.mutex);
    s.entries.clear();
    s.ages.clear();
  }
}

std::size_t GrantCache::size() const noexcept {
  std::size_t total = 0;
  for (const Shard& s : shards_) {
    const std::lock_guard lock(s.mutex);
    total += s.entries.size();
  }
  return total;
}

}  // namespace gatehouse::detail
