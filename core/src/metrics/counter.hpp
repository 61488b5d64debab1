// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A count that any number of threads raise at once without waiting for each other's cache line.
#include <pthread.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace gatehouse::detail {

class Counter {
 public:
  void add(std::uint64_t amount = 1) noexcept { cells_[cell()].value.fetch_add(amount, std::memory_order_relaxed); }
  /// What has been added by all threads; not one moment's value while they go on.
  [[nodiscard]] std::uint64_t value() const noexcept {
    std::uint64_t sum = 0;
    for (const Cell& each : cells_) sum += each.value.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  static constexpr std::size_t cell_count = 8;
  struct alignas(64) Cell {
    std::atomic<std::uint64_t> value{0};
  };

  /// Threads differ in the address of what is theirs alone: spread over the cells by its upper bits.
  static std::size_t cell() noexcept {
    constexpr std::uint64_t golden = 0x9E37'79B9'7F4A'7C15U;
    return static_cast<std::size_t>((static_cast<std::uint64_t>(pthread_self()) >> 12U) * golden >> 61U);
  }

  std::array<Cell, cell_count> cells_{};
};

}  // namespace gatehouse::detail
