// SPDX-License-Identifier: Apache-2.0
#include "audit/tally.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace gatehouse::detail {

DoorName::DoorName(std::string_view name) noexcept
    : size_(static_cast<std::uint8_t>(std::min(name.size(), text_.size()))) {
  std::copy_n(name.begin(), size_, text_.begin());
}

void CachedTally::add(const std::shared_ptr<const std::string>& realm, const DoorName& door,
                      const std::shared_ptr<const Answer>& answer) noexcept {
  const std::string& subject = answer->identity.subject;
  constexpr std::size_t golden = 0x9E37'79B9'7F4A'7C15U;
  std::size_t hash = std::hash<std::string_view>{}(subject);
  hash = (hash ^ std::hash<std::string_view>{}(*realm)) * golden;
  hash = (hash ^ std::hash<std::string_view>{}(door.view())) * golden;
  Shard& shard = shards_[hash >> 61U];
  const std::lock_guard lock(shard.mutex);
  shard.used = true;
  for (std::size_t i = 0; i < longest_probe; ++i) {
    Entry& slot = shard.slots[((hash >> 20U) + i) % slots_per_shard];
    if (!slot.answer) slot = {realm, door, answer, 0};
    const bool same = slot.door == door && slot.answer->identity.subject == subject && *slot.realm == *realm;
    if (!same) continue;
    ++slot.count;
    return;
  }
  ++shard.others;
}

std::vector<CachedTally::Entry> CachedTally::take() {
  std::vector<Entry> all;
  std::uint64_t others = 0;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    if (!shard.used) continue;
    // First, and all at once: if memory runs out here, nothing is lost.
    all.reserve(all.size() + slots_per_shard + shard_count);
    for (Entry& slot : shard.slots) {
      if (slot.answer) all.push_back(std::exchange(slot, {}));
    }
    others += std::exchange(shard.others, 0);
    shard.used = false;
  }
  if (others > 0) {
    Entry rest;
    rest.count = others;
    all.push_back(std::move(rest));
  }
  return all;
}

bool FloodTally::admit(std::string_view realm, std::string_view door, DecisionCode decision, Reason reason,
                       SteadyTime now) noexcept {
  const std::lock_guard lock(mutex_);
  try {
    Window& window = windows_[{decision, reason}];
    if (window.count == 0 || now - window.began >= std::chrono::seconds(1)) window = {now, 0};
    if (++window.count <= per_second) return true;
    Key key{realm, door, decision, reason};
    if (const auto known = counts_.find(key); known != counts_.end()) {
      ++known->second;
    } else if (counts_.size() < most_kinds) {
      counts_.emplace(std::move(key), 1);
    } else {
      ++others_;
    }
  } catch (...) {
    ++others_;
  }
  return false;
}

std::vector<FloodTally::Entry> FloodTally::take() {
  std::vector<Entry> all;
  const std::lock_guard lock(mutex_);
  all.reserve(counts_.size() + 1);
  for (auto next = counts_.begin(); next != counts_.end(); next = counts_.erase(next)) {
    const auto& [realm, door, decision, reason] = next->first;
    all.push_back({realm, door, decision, reason, next->second});
  }
  if (others_ > 0) {
    all.push_back({{}, {}, DecisionCode::denied, Reason::none, std::exchange(others_, 0)});
  }
  return all;
}

bool FloodTally::empty() const noexcept {
  const std::lock_guard lock(mutex_);
  return counts_.empty() && others_ == 0;
}

}  // namespace gatehouse::detail
