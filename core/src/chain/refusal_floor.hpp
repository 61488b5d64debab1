// SPDX-License-Identifier: Apache-2.0
#pragma once
/// How long a refusal takes, whoever is asked about. A backend that answers "not mine" does no work for show; instead
/// every refusal is held until a real one would have come.
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>

namespace gatehouse::detail {

/// One backend's part: the longest that checking a secret takes. [any-thread]
class RefusalFloor {
 public:
  /// No refusal is held longer than this, however slow a backend has become.
  static constexpr std::chrono::microseconds ceiling = std::chrono::seconds(2);

  /// A check of a secret (granted or denied) took this long.
  void observe(std::chrono::microseconds time) noexcept;
  /// The larger of what the plugin measured of itself (`calibrated`) and a high percentile of what was observed.
  [[nodiscard]] std::chrono::microseconds value(std::chrono::microseconds calibrated) const noexcept;

 private:
  static constexpr std::size_t window = 512;
  std::mutex mutex_;
  std::array<std::chrono::microseconds, window> times_{};
  std::size_t count_ = 0;
  std::atomic<std::chrono::microseconds::rep> percentile_{0};
};

}  // namespace gatehouse::detail
