// SPDX-License-Identifier: Apache-2.0
#include "isolation/channel.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>

#include "isolation/wire.hpp"

namespace gatehouse::detail::isolation {
namespace {

/// True if there is something to do for `events` before `until`.
bool wait_for(int socket, short events, SteadyTime until) noexcept {
  for (;;) {
    int wait = -1;
    if (until != SteadyTime::max()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
      wait = static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
    }
    pollfd one{socket, events, 0};
    const int ready = ::poll(&one, 1, wait);
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

}  // namespace

bool Channel::send(const Bytes& frame, std::chrono::milliseconds patience) noexcept {
  if (frame.empty()) return false;
  const std::lock_guard lock(sending_);
  std::size_t sent = 0;
  while (sent < frame.size()) {
    const ssize_t now = ::send(socket_.number(), frame.data() + sent, frame.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (now > 0) {
      sent += static_cast<std::size_t>(now);
      continue;
    }
    if (now < 0 && errno == EINTR) continue;
    const bool full = now < 0 && (errno == EAGAIN || errno == ENOBUFS);
    const bool for_ever = patience == std::chrono::milliseconds::max();
    const SteadyTime until = for_ever ? SteadyTime::max() : std::chrono::steady_clock::now() + patience;
    if (full && wait_for(socket_.number(), POLLOUT, until)) continue;
    close();
    return false;
  }
  return true;
}

Channel::Received Channel::receive(Bytes& body, SteadyTime until) {
  for (;;) {
    if (!in_body_ && incoming_.empty()) incoming_.resize(frame_head);
    if (have_ == incoming_.size()) {
      have_ = 0;
      if (in_body_) {
        in_body_ = false;
        body = std::move(incoming_);
        incoming_ = {};
        return Received::frame;
      }
      std::uint32_t size = 0;
      std::memcpy(&size, incoming_.data(), frame_head);
      if (size == 0 || size > max_frame) return Received::broken;
      incoming_ = {};
      incoming_.resize(size);
      in_body_ = true;
    }
    const ssize_t got = ::recv(socket_.number(), incoming_.data() + have_, incoming_.size() - have_, MSG_DONTWAIT);
    if (got > 0) {
      have_ += static_cast<std::size_t>(got);
    } else if (got < 0 && errno == EAGAIN) {
      if (!wait_for(socket_.number(), POLLIN, until)) return Received::nothing;
    } else if (got == 0 || errno != EINTR) {
      return Received::closed;
    }
  }
}

void Channel::close() noexcept {
  ::shutdown(socket_.number(), SHUT_RDWR);
}

}  // namespace gatehouse::detail::isolation
