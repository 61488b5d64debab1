// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the threads of one proxy share.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "door.hpp"
#include "source_limit.hpp"

namespace gatehouse::proxy {

class Hub {
 public:
  Hub(Runtime& engine, Log log, std::shared_ptr<const Door> door)
      : runtime(engine), log_(std::move(log)), door_(std::move(door)) {}

  /// [any-thread]
  [[nodiscard]] std::shared_ptr<const Door> door() const;
  void set_door(std::shared_ptr<const Door> door);
  /// Moves with each set_door(): a thread that saw it unchanged has the current door.
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_.load(std::memory_order_acquire); }

  /// Whether `peer` is one of those that forward-auth answers; says so in the log if not.
  [[nodiscard]] bool may_ask(const Door& door, std::string_view peer) noexcept;

  void log(LogLevel level, std::string_view line) noexcept;
  /// For what a caller or an upstream can cause at will: at most 20 lines a second, then one that counts the rest.
  void log_limited(LogLevel level, std::string_view line) noexcept;

  Runtime& runtime;                   ///< its dispatch() and cancel() are for the owner's thread
  asio::io_context* owner = nullptr;  ///< the loop of that thread
  /// Open connections of each kind of listener: strangers cannot take the places of proxies that ask.
  [[nodiscard]] std::atomic<std::size_t>& connections(Role role) noexcept {
    return role == Role::forward_auth ? askers_ : callers_;
  }
  std::atomic<std::uint64_t> last_connection{0};  ///< its number
  SourceLimit sources;
  std::atomic<bool> draining{false};

 private:
  static constexpr unsigned lines_per_second = 20;

  std::atomic<std::size_t> callers_{0};
  std::atomic<std::size_t> askers_{0};
  mutable std::mutex door_mutex_;
  std::mutex log_mutex_;
  Log log_;
  std::shared_ptr<const Door> door_;
  std::atomic<std::uint64_t> generation_{1};
  std::chrono::steady_clock::time_point second_{};
  unsigned lines_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace gatehouse::proxy
