// SPDX-License-Identifier: Apache-2.0
#include "chain/refusal_floor.hpp"

#include <algorithm>

namespace gatehouse::detail {

void RefusalFloor::observe(std::chrono::microseconds time) noexcept {
  const std::lock_guard lock(mutex_);
  times_[count_ % window] = time;
  ++count_;
  if (count_ > 16 && count_ % 8 != 0) return;
  auto sorted = times_;
  const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(count_, window));
  const auto high = sorted.begin() + (end - sorted.begin()) * 99 / 100;
  std::nth_element(sorted.begin(), high, end);
  percentile_.store(high->count());
}

std::chrono::microseconds RefusalFloor::value(std::chrono::microseconds calibrated) const noexcept {
  return std::min(ceiling, std::max(calibrated, std::chrono::microseconds(percentile_.load())));
}

}  // namespace gatehouse::detail
