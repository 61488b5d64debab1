// SPDX-License-Identifier: Apache-2.0
#include "mailbox.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

namespace gatehouse::auth_socket {

Mailbox::Mailbox() : wakes_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Mailbox::put(std::uint64_t id, Bytes frame) {
  {
    const std::lock_guard lock(mutex_);
    answers_.emplace_back(id, std::move(frame));
  }
  wake();
}

void Mailbox::wake() const noexcept {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wakes_.get(), &one, sizeof one));  // full: it is awake anyway
}

std::vector<std::pair<std::uint64_t, Bytes>> Mailbox::take() {
  std::uint64_t count = 0;
  static_cast<void>(!::read(wakes_.get(), &count, sizeof count));
  const std::lock_guard lock(mutex_);
  return std::exchange(answers_, {});
}

}  // namespace gatehouse::auth_socket
