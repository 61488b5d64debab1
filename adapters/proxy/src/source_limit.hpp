// SPDX-License-Identifier: Apache-2.0
#pragma once
/// How many connections each source has open. An IPv6 source is its /64, which is what one caller has, and its /48,
/// which is what one site can have: that may hold eight times as many.
///
/// Threads: everything may be called from any thread.
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace gatehouse::proxy {

class SourceLimit {
 public:
  /// One more from `address`, unless it has `limit` already.
  [[nodiscard]] bool enter(const std::string& address, std::size_t limit);
  /// One that entered has gone.
  void leave(const std::string& address) noexcept;

 private:
  [[nodiscard]] bool enter_network(const std::string& network, std::size_t limit);
  void leave_network(const std::string& network) noexcept;

  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> open_;
};

}  // namespace gatehouse::proxy
