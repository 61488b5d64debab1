// SPDX-License-Identifier: Apache-2.0
// What comes before a connection's first request.
#include <sys/socket.h>

#include <array>

#include "connection.hpp"
#include "forward_head.hpp"
#include "proxy_header.hpp"
#include "use_await.hpp"
#include "worker.hpp"

namespace gatehouse::proxy {

Awaitable<bool> Connection::greet() {
  const auto door = worker_.door();
  if (role_ == Role::forward_auth) co_return true;  // the listener has looked who it is
  deadline_.arm(in(door->header));
  if (door->options.proxy_protocol && !co_await read_proxy_header()) co_return false;
  if (!peer_.empty() && !door->trusts(peer_)) {
    counted_ = worker_.hub.sources.enter(peer_, door->options.max_connections_per_source);
    if (!counted_) {
      worker_.hub.log_limited(LogLevel::warning, "max_connections_per_source is reached by " + peer_);
      if (!door->tls) co_await send_fault(503, "There are too many connections from this address.");
      co_return false;
    }
  }
  if (door->tls && !co_await secure(*door->tls)) co_return false;
  deadline_.arm(0);
  co_return true;
}

/// Bytes are looked at before they are taken: what follows the header is TLS's or the request's.
Awaitable<bool> Connection::read_proxy_header() {
  if (!worker_.door()->trusts(peer_)) {
    worker_.hub.log_limited(LogLevel::warning, "proxy_protocol: " + (peer_.empty() ? "a unix socket" : peer_) +
                                                   " is not of trusted_proxies; it was not let in");
    co_return false;
  }
  auto& socket = client_.socket();
  ProxyHeader header;
  std::array<char, 256> seen;
  while (header.state() == ProxyHeader::State::more) {
    if (const auto [error] = co_await socket.async_wait(Socket::wait_read, use_await); error) co_return false;
    const auto size = ::recv(socket.native_handle(), seen.data(), seen.size(), MSG_PEEK | MSG_DONTWAIT);
    if (size < 0 && errno == EAGAIN) continue;
    if (size <= 0) co_return false;
    const auto used = header.take({seen.data(), static_cast<std::size_t>(size)});
    if (::recv(socket.native_handle(), seen.data(), used, MSG_DONTWAIT) != static_cast<ssize_t>(used)) co_return false;
  }
  if (header.state() == ProxyHeader::State::bad) {
    worker_.hub.log_limited(LogLevel::warning, "proxy_protocol: a connection did not begin with a PROXY header");
    co_return false;
  }
  if (header.source().empty()) {
    peer_is_relay_ = true;
    caller_is_known_ = header.is_local();
  } else {
    peer_ = header.source();
  }
  co_return true;
}

Awaitable<bool> Connection::secure(const TlsContext& tls) {
  std::string problem;
  bool was_plain_http = false;
  auto session = TlsSession::accept(tls, client_.socket().native_handle());
  const auto error = co_await client_.secure(std::move(session), problem, was_plain_http);
  if (!error) {
    certificate_hash_ = client_.tls()->peer_certificate_hash();
    co_return true;
  }
  if (was_plain_http && !ended_) {
    co_await send_fault(400, "This address speaks HTTPS only.");
    co_await linger();
  }
  co_return false;
}

}  // namespace gatehouse::proxy
