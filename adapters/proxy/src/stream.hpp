// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Bytes to and from a peer, with TLS or without; whoever uses it does not see which.
#include <span>
#include <string>
#include <tuple>

#include "net.hpp"
#include "tls_session.hpp"

namespace gatehouse::proxy {

class Stream {
 public:
  using Transferred = std::tuple<error_code, std::size_t>;

  explicit Stream(Socket socket) noexcept : socket_(std::move(socket)) {}

  [[nodiscard]] Socket& socket() noexcept { return socket_; }
  [[nodiscard]] const TlsSession* tls() const noexcept { return tls_.get(); }

  /// From here on bytes go through `session`; first its handshake. On failure the stream has no TLS again, so that a
  /// caller without it can be answered, and `problem` says why.
  [[nodiscard]] Awaitable<error_code> secure(std::unique_ptr<TlsSession> session, std::string& problem,
                                             bool& was_plain_http);

  /// One reader and one writer may wait at the same time.
  [[nodiscard]] Awaitable<Transferred> read_some(std::span<char> space);
  [[nodiscard]] Awaitable<Transferred> write_some(const Gather& pieces);
  /// Reads what is there. True: finished, with `error` or `size`. False: wait_readable(), then again.
  [[nodiscard]] bool read_now(std::span<char> space, std::size_t& size, error_code& error);
  [[nodiscard]] Awaitable<error_code> wait_readable() { return ready_for(TlsSession::Need::readable); }
  /// Writes what the peer takes now. True: finished, with `error` or all written. False: the rest must wait.
  [[nodiscard]] bool write_now(Gather& pieces, error_code& error);

  /// On a stream that nothing is read from: the peer is gone, or ended its side.
  [[nodiscard]] bool peer_left() noexcept;
  /// Whether a stream on which nothing is expected was closed by its peer, or has bytes that nobody asked for.
  [[nodiscard]] bool is_stale() noexcept;

  void cancel() noexcept;
  /// Nothing more is written: the peer is told, and can still be read.
  void end_writing() noexcept;
  /// The peer is told that all was sent.
  void close() noexcept;
  /// The peer is shown that something is missing: what it has must not look whole.
  void abort() noexcept;

 private:
  [[nodiscard]] Awaitable<Transferred> read_tls(std::span<char> space);
  [[nodiscard]] Awaitable<Transferred> write_tls(const Gather& pieces);
  [[nodiscard]] Awaitable<error_code> ready_for(TlsSession::Need need);

  Socket socket_;
  std::unique_ptr<TlsSession> tls_;
};

}  // namespace gatehouse::proxy
