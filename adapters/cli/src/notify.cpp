// SPDX-License-Identifier: Apache-2.0
#include "notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ctime>

#include "environment.hpp"
#include "terminal.hpp"

namespace gatehouse::cli {
Notifier Notifier::from_environment() {
  Notifier notifier;
  notifier.socket_ = take_variable("NOTIFY_SOCKET");
  const auto interval = number<std::int64_t>(take_variable("WATCHDOG_USEC"));
  const std::string pid = take_variable("WATCHDOG_PID");
  const bool ours = pid.empty() || number<pid_t>(pid) == getpid();
  if (ours && interval && *interval > 0) notifier.watchdog_ = std::chrono::microseconds(*interval / 2);
  return notifier;
}

void Notifier::ready(std::string_view status) const noexcept {
  if (!socket_.empty()) send("READY=1\nSTATUS=" + printable(status));
}

void Notifier::reloading() const noexcept {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  if (!socket_.empty()) {
    send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds) + "\nSTATUS=loading the configuration again");
  }
}

void Notifier::stopping() const noexcept {
  if (!socket_.empty()) send("STOPPING=1\nSTATUS=finishing what is in flight");
}

void Notifier::alive() const noexcept {
  if (!socket_.empty()) send("WATCHDOG=1");
}

void Notifier::send(const std::string& text) const noexcept {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof address.sun_path || (socket_[0] != '/' && socket_[0] != '@')) return;
  std::copy(socket_.begin(), socket_.end(), std::begin(address.sun_path));
  if (socket_[0] == '@') address.sun_path[0] = '\0';
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  // Nobody to tell it to if it fails: the manager is who would have been told.
  static_cast<void>(sendto(fd, text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address), size));
  close(fd);
}

}  // namespace gatehouse::cli
