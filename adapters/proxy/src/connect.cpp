// SPDX-License-Identifier: Apache-2.0
// A new connection to the upstream.
#include <boost/asio/ip/tcp.hpp>

#include "connection.hpp"
#include "use_await.hpp"
#include "worker.hpp"

namespace gatehouse::proxy {

namespace {

/// Addresses of one name that may keep a caller waiting for a connection.
constexpr int most_late = 3;

}  // namespace

/// Each address in turn; with TLS the handshake counts as part of it.
Awaitable<error_code> Connection::connect() {
  error_code error = asio::error::host_not_found;
  const auto id = door_->upstream_id();
  const auto endpoints = door_->route->endpoints();
  int late = 0;
  for (const auto& endpoint : endpoints) {
    upstream_ = std::make_unique<UpstreamConnection>(UpstreamConnection{Stream(Socket(worker_.io)), id});
    auto& socket = upstream_->stream.socket();
    deadline_.arm(in(door_->connect));
    const auto [failed] = co_await socket.async_connect(endpoint, use_await);
    error = failed;
    if (!error) error = co_await prepare_upstream(socket, endpoint);
    if (!error) co_return error;
    upstream_.reset();
    if (ended_ || left_) break;
    if (deadline_.passed && ++late == most_late) break;
  }
  co_return error;
}

Awaitable<error_code> Connection::prepare_upstream(Socket& socket, const Endpoint& endpoint) {
  error_code error;
  socket.non_blocking(true, error);
  if (error) co_return error;
  if (endpoint.protocol().family() != AF_UNIX) {
    error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  }
  if (!door_->upstream_tls) co_return error;
  bool was_plain_http = false;
  auto session = TlsSession::connect(*door_->upstream_tls, socket.native_handle(), door_->upstream.address.host);
  co_return co_await upstream_->stream.secure(std::move(session), upstream_problem_, was_plain_http);
}

}  // namespace gatehouse::proxy
