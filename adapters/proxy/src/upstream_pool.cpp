// SPDX-License-Identifier: Apache-2.0
#include "upstream_pool.hpp"

namespace gatehouse::proxy {

UpstreamPtr UpstreamPool::take(std::uint64_t upstream_id) {
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->upstream_id == upstream_id && !connection->stream.is_stale()) return connection;
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
           connection->stream.is_stale();
  });
}

}  // namespace gatehouse::proxy
