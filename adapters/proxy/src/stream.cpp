// SPDX-License-Identifier: Apache-2.0
#include "stream.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <cerrno>

#include "use_await.hpp"

namespace gatehouse::proxy {

Awaitable<error_code> Stream::ready_for(TlsSession::Need need) {
  const auto [error] = co_await socket_.async_wait(
      need == TlsSession::Need::readable ? Socket::wait_read : Socket::wait_write, use_await);
  co_return error;
}

Awaitable<error_code> Stream::secure(std::unique_ptr<TlsSession> session, std::string& problem, bool& was_plain_http) {
  if (!session) co_return asio::error::no_memory;
  tls_ = std::move(session);
  while (true) {
    const auto step = tls_->handshake();
    if (step.need == TlsSession::Need::nothing) {
      if (!step.error) co_return error_code();
      problem = tls_->problem().empty() ? step.error.message() : tls_->problem();
      was_plain_http = tls_->was_plain_http();
      tls_.reset();
      co_return step.error;
    }
    if (const auto error = co_await ready_for(step.need)) {
      problem = error.message();
      tls_.reset();
      co_return error;
    }
  }
}

Awaitable<Stream::Transferred> Stream::read_some(std::span<char> space) {
  if (tls_) return read_tls(space);
  return socket_.async_read_some(asio::buffer(space.data(), space.size()), use_await);
}

Awaitable<Stream::Transferred> Stream::write_some(const Gather& pieces) {
  if (tls_) return write_tls(pieces);
  return socket_.async_write_some(pieces, use_await);
}

Awaitable<Stream::Transferred> Stream::read_tls(std::span<char> space) {
  auto step = tls_->read(space);
  // Where bytes are always ready the others of this thread must have their turn all the same.
  if (step.need == TlsSession::Need::nothing) co_await asio::post(socket_.get_executor(), use_await);
  while (step.need != TlsSession::Need::nothing) {
    if (const auto error = co_await ready_for(step.need)) co_return Transferred(error, 0);
    step = tls_->read(space);
  }
  co_return Transferred(step.error, step.size);
}

Awaitable<Stream::Transferred> Stream::write_tls(const Gather& pieces) {
  while (true) {
    const auto step = tls_->write(pieces);
    if (step.need == TlsSession::Need::nothing) co_return Transferred(step.error, step.size);
    if (const auto error = co_await ready_for(step.need)) co_return Transferred(error, 0);
  }
}

bool Stream::read_now(std::span<char> space, std::size_t& size, error_code& error) {
  if (tls_) {
    const auto step = tls_->read(space);
    error = step.error;
    size = step.size;
    return step.need == TlsSession::Need::nothing;
  }
  size = socket_.read_some(asio::buffer(space.data(), space.size()), error);
  if (error != asio::error::would_block && error != asio::error::try_again) return true;
  error = {};
  return false;
}

bool Stream::write_now(Gather& pieces, error_code& error) {
  error = {};
  while (!pieces.empty()) {
    std::size_t size = 0;
    if (tls_) {
      const auto step = tls_->write(pieces);
      if (step.need != TlsSession::Need::nothing) return false;
      error = step.error;
      size = step.size;
    } else {
      size = socket_.write_some(pieces, error);
      if (error == asio::error::would_block || error == asio::error::try_again) {
        error = {};
        return false;
      }
    }
    if (error) return true;
    pieces.consume(size);
  }
  return true;
}

bool Stream::peer_left() noexcept {
  pollfd look{socket_.native_handle(), POLLRDHUP, 0};
  if (::poll(&look, 1, 0) <= 0) return false;
  if ((look.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return true;
  if ((look.revents & POLLRDHUP) == 0) return false;
  if (tls_) return tls_->look() == TlsSession::Idle::ended;
  char byte = 0;
  return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

bool Stream::is_stale() noexcept {
  if (tls_) return tls_->look() != TlsSession::Idle::quiet;
  char byte = 0;
  const auto size = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return size >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

void Stream::cancel() noexcept {
  error_code ignored;
  socket_.cancel(ignored);
}

void Stream::end_writing() noexcept {
  if (tls_) tls_->announce_end();
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::close() noexcept {
  if (tls_) tls_->announce_end();
  error_code ignored;
  socket_.close(ignored);
}

void Stream::abort() noexcept {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

}  // namespace gatehouse::proxy
