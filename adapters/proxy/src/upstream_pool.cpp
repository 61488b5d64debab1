// SPDX-License-Identifier: Apache-2.0
#include "upstream_pool.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace gatehouse::proxy {

bool is_stale(Socket& socket) noexcept {
  char byte = 0;
  const auto size = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return size >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

UpstreamPtr UpstreamPool::take(std::uint64_t upstream_id) {
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->upstream_id == upstream_id && !is_stale(connection->socket)) return connection;
  }
  return nullptr;
}

void UpstreamPool::put(UpstreamPtr connection, Ticks now) {
  if (idle_.size() >= kept) return;
  connection->idle_since = now;
  idle_.push_back(std::move(connection));
}

void UpstreamPool::sweep(std::uint64_t upstream_id, Ticks now) {
  std::erase_if(idle_, [&](const UpstreamPtr& connection) {
    return connection->upstream_id != upstream_id || now - connection->idle_since > max_idle ||
           is_stale(connection->socket);
  });
}

}  // namespace gatehouse::proxy
