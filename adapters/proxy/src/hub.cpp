// SPDX-License-Identifier: Apache-2.0
#include "hub.hpp"

#include <string>

namespace gatehouse::proxy {

std::shared_ptr<const Door> Hub::door() const {
  const std::lock_guard lock(door_mutex_);
  return door_;
}

void Hub::set_door(std::shared_ptr<const Door> door) {
  const std::lock_guard lock(door_mutex_);
  door_.swap(door);
  generation_.fetch_add(1, std::memory_order_release);
}

bool Hub::may_ask(const Door& door, std::string_view peer) noexcept {
  if (peer.empty()) peer = "unix";
  if (http::contain(door.forward_auth_peers, peer)) return true;
  try {
    log_limited(LogLevel::warning, "forward-auth was asked by " + std::string(peer) +
                                       ", whom forward_auth_peers does not name; it was not let in");
  } catch (const std::bad_alloc&) {
    return false;
  }
  return false;
}

void Hub::log(LogLevel level, std::string_view line) noexcept {
  if (!log_) return;
  try {
    const std::lock_guard lock(log_mutex_);
    log_(level, line);
  } catch (...) {
    // A log that fails must not take the service with it.
    return;
  }
}

void Hub::log_limited(LogLevel level, std::string_view line) noexcept {
  if (!log_) return;
  try {
    const std::lock_guard lock(log_mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (now - second_ >= std::chrono::seconds(1)) {
      if (dropped_ > 0) log_(LogLevel::warning, std::to_string(dropped_) + " more lines of this kind were left out");
      second_ = now;
      lines_ = 0;
      dropped_ = 0;
    }
    if (++lines_ > lines_per_second) {
      ++dropped_;
      return;
    }
    log_(level, line);
  } catch (...) {
    return;
  }
}

}  // namespace gatehouse::proxy
