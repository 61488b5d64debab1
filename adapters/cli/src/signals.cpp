// SPDX-License-Identifier: Apache-2.0
#include "signals.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <exception>
#include <string>
#include <system_error>
#include <utility>

namespace gatehouse::cli {

Result<std::unique_ptr<Signals>> Signals::hold() {
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigemptyset(&ignore.sa_mask);
  sigaction(SIGPIPE, &ignore, nullptr);
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&wanted, number);
  const int blocked = pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  const int signal_fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  const int end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  auto signals = std::unique_ptr<Signals>(new Signals(signal_fd, end_fd));
  if (blocked != 0 || signal_fd < 0 || end_fd < 0) {
    return Error{"cannot take signals: " + std::error_code(errno, std::generic_category()).message()};
  }
  return signals;
}

Result<void> Signals::watch(SignalActions actions) {
  try {
    thread_ = std::thread([this, actions = std::move(actions)] { run(actions); });
  } catch (const std::exception& e) {
    return Error{std::string("cannot start a thread: ") + e.what()};
  }
  return {};
}

void Signals::run(const SignalActions& actions) const {
  std::array<pollfd, 2> ready = {{{signal_fd_, POLLIN, 0}, {end_fd_, POLLIN, 0}}};
  for (;;) {
    if (poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return;
    if (ready[1].revents != 0) return;
    signalfd_siginfo info = {};
    if (read(signal_fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
    if (info.ssi_signo == static_cast<std::uint32_t>(SIGHUP)) {
      actions.reload();
    } else if (info.ssi_signo == static_cast<std::uint32_t>(SIGUSR1)) {
      actions.reopen();
    } else {
      actions.end();
    }
  }
}

Signals::~Signals() {
  if (thread_.joinable()) {
    const std::uint64_t one = 1;
    static_cast<void>(!write(end_fd_, &one, sizeof one));  // cannot fail: the counter was 0
    thread_.join();
  }
  if (signal_fd_ >= 0) close(signal_fd_);
  if (end_fd_ >= 0) close(end_fd_);
}

}  // namespace gatehouse::cli
