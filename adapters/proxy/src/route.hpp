// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Where the upstream is at present. Its name is looked up again over time, while requests go on.
///
/// Threads: everything may be called from any thread.
#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "net.hpp"

namespace gatehouse::proxy {

class Route {
 public:
  /// Connections of an earlier route are not used on this one.
  Route(std::vector<Endpoint> endpoints, const Route* previous)
      : endpoints_(std::move(endpoints)), id_(previous == nullptr ? 1 : ((previous->id() >> step) + 1) << step) {}

  /// In the order to be tried.
  [[nodiscard]] std::vector<Endpoint> endpoints() const {
    const std::lock_guard lock(mutex_);
    return endpoints_;
  }
  /// Equal while open connections may be used again.
  [[nodiscard]] std::uint64_t id() const noexcept { return id_.load(std::memory_order_acquire); }

  /// True if these are others than before; their order does not count.
  bool update(std::vector<Endpoint> endpoints);

 private:
  static constexpr unsigned step = 32;

  mutable std::mutex mutex_;
  std::vector<Endpoint> endpoints_;
  std::atomic<std::uint64_t> id_;
};

}  // namespace gatehouse::proxy
