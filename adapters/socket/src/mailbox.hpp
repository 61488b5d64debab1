// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "connection.hpp"
#include "descriptor.hpp"

namespace gatehouse::auth_socket {

/// Answers on their way to the thread that polls. Whoever still has one may outlive the door. [any-thread]
class Mailbox {
 public:
  Mailbox();
  /// Readable when somebody put something, or called wake(). Below 0: there is none.
  [[nodiscard]] int fd() const noexcept { return wakes_.get(); }
  void put(std::uint64_t id, Bytes frame);
  void wake() const noexcept;
  [[nodiscard]] std::vector<std::pair<std::uint64_t, Bytes>> take();

 private:
  std::mutex mutex_;
  std::vector<std::pair<std::uint64_t, Bytes>> answers_;
  Descriptor wakes_;
};

}  // namespace gatehouse::auth_socket
