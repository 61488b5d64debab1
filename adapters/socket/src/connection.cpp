// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <string.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace gatehouse::auth_socket {
namespace {

/// For a whole frame: a program that asks has it ready before it connects.
constexpr std::chrono::seconds frame_time{5};

}  // namespace

Connection::Connection(Descriptor fd, uid_t peer, Instant now)
    : fd_(std::move(fd)), peer_(peer), deadline_(now + frame_time), bytes_(WIRE_HEAD) {}

Connection::~Connection() {
  wipe();
}

void Connection::wipe() noexcept {
  if (!bytes_.empty()) ::explicit_bzero(bytes_.data(), bytes_.size());
}

void Connection::read() {
  while (state_ == State::reading) {
    const ssize_t got = ::recv(fd(), bytes_.data() + done_, bytes_.size() - done_, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return end();
    done_ += static_cast<std::size_t>(got);
    if (done_ < bytes_.size()) continue;
    if (bytes_.size() > WIRE_HEAD) {
      state_ = State::deciding;
    } else if (const std::size_t size = wire_body_size(bytes_.data()); size > 0) {
      bytes_.resize(WIRE_HEAD + size);
    } else {
      end();
    }
  }
}

bool Connection::question(wire_question& into) const noexcept {
  return state_ == State::deciding && wire_read_question(bytes_.data() + WIRE_HEAD, bytes_.size() - WIRE_HEAD, &into);
}

void Connection::count_for(std::string realm, std::string network) noexcept {
  realm_ = std::move(realm);
  network_ = std::move(network);
}

void Connection::answer(Bytes frame, Instant now) {
  wipe();
  bytes_ = std::move(frame);
  done_ = 0;
  state_ = State::writing;
  deadline_ = now + frame_time;
  write();
}

void Connection::write() {
  while (state_ == State::writing && done_ < bytes_.size()) {
    const ssize_t sent = ::send(fd(), bytes_.data() + done_, bytes_.size() - done_, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return;
    if (sent <= 0) return end();
    done_ += static_cast<std::size_t>(sent);
  }
  end();
}

}  // namespace gatehouse::auth_socket
