// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A point in time that work has to be done by.
#include <sys/time.h>

#include <algorithm>
#include <chrono>

namespace gatehouse::ldap {

using Milliseconds = std::chrono::milliseconds;

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadline(Milliseconds left) : when_(Clock::now() + left) {}
  [[nodiscard]] Clock::time_point when() const noexcept { return when_; }
  /// Never below zero.
  [[nodiscard]] Milliseconds left() const {
    return std::max(Milliseconds(0), std::chrono::duration_cast<Milliseconds>(when_ - Clock::now()));
  }
  [[nodiscard]] bool passed() const { return left().count() == 0; }
  /// The same, but no later than `limit` from now.
  [[nodiscard]] Deadline within(Milliseconds limit) const { return Deadline(std::min(limit, left())); }

 private:
  Clock::time_point when_;
};

[[nodiscard]] inline timeval to_timeval(Milliseconds time) noexcept {
  return {static_cast<time_t>(time.count() / 1000), static_cast<suseconds_t>(time.count() % 1000 * 1000)};
}

}  // namespace gatehouse::ldap
