// SPDX-License-Identifier: Apache-2.0
#include "runtime/clock.hpp"

#include <thread>

namespace gatehouse::detail {
namespace {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady() const noexcept override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] WallTime wall() const noexcept override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
  void sleep_until(SteadyTime when) noexcept override { std::this_thread::sleep_until(when); }
};

}  // namespace

Clock& system_clock() noexcept {
  static SystemClock clock;
  return clock;
}

}  // namespace gatehouse::detail
