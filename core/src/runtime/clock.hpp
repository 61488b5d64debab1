// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Time, as an object: tests set it.
#include <chrono>

#include <gatehouse/decision.hpp>

namespace gatehouse::detail {

using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual SteadyTime steady() const noexcept = 0;
  [[nodiscard]] virtual WallTime wall() const noexcept = 0;
  /// Holds the calling thread. Only inline mode waits like this; otherwise timers do. [may block]
  virtual void sleep_until(SteadyTime when) noexcept = 0;
};

/// The machine's clocks.
[[nodiscard]] Clock& system_clock() noexcept;

}  // namespace gatehouse::detail
