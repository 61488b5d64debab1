// SPDX-License-Identifier: Apache-2.0
#include "replay_store.hpp"

#include <algorithm>

namespace gatehouse::oidc {
namespace {

constexpr std::int64_t kSlices = 8;

}  // namespace

ReplayStore::ReplayStore(std::size_t most, std::chrono::milliseconds keep)
    : most_(most), slice_(keep / kSlices + std::chrono::milliseconds(1)) {}

void ReplayStore::forget(std::int64_t now) {
  while (!slices_.empty() && slices_.front().number < now - kSlices) {
    size_ -= slices_.front().size;
    slices_.pop_front();
  }
}

ReplayStore::Answer ReplayStore::take(std::string_view holder, std::string_view what, std::chrono::milliseconds now) {
  const Fingerprint who = prints_.of(holder);
  const Fingerprint print = prints_.of(what);
  const std::lock_guard lock(mutex_);
  // Another thread's time may have been read later, and be stored already: no slice comes before the last.
  const std::int64_t current = std::max(now / slice_, slices_.empty() ? 0 : slices_.back().number);
  forget(current);
  std::size_t held = 0;
  for (const Slice& slice : slices_) {
    const auto found = slice.by_holder.find(who);
    if (found == slice.by_holder.end()) continue;
    if (found->second.contains(print)) return Answer::again;
    held += found->second.size();
  }
  if (size_ >= most_ || held >= most_ - size_) return Answer::no_room;
  if (slices_.empty() || slices_.back().number != current) slices_.push_back({.number = current});
  slices_.back().by_holder[who].insert(print);
  ++slices_.back().size;
  ++size_;
  return Answer::first;
}

}  // namespace gatehouse::oidc
