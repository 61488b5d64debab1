// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "mailbox.hpp"

namespace gatehouse::auth_socket {

/// The name that the system knows a user by. That may be asked of a directory, and take as long as the directory takes:
/// so on a thread of its own, which may outlive the door.
class NameLookup {
 public:
  /// Wakes `box` when it is done. Null if no thread can be had.
  [[nodiscard]] static std::shared_ptr<const NameLookup> begin(uid_t user, std::shared_ptr<const Mailbox> box);
  [[nodiscard]] bool is_done() const noexcept { return done_; }
  /// Once it is done; none: the system knows no such user, or could not tell.
  [[nodiscard]] const std::optional<std::string>& name() const noexcept { return name_; }

 private:
  void run(uid_t user) noexcept;
  std::optional<std::string> name_;
  std::atomic<bool> done_{false};
};

}  // namespace gatehouse::auth_socket
