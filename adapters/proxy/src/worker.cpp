// SPDX-License-Identifier: Apache-2.0
#include "worker.hpp"

#include <boost/asio/post.hpp>
#include <chrono>

namespace gatehouse::proxy {

Worker::Worker(Hub& shared, std::function<void()> finished)
    : finished_(std::move(finished)), hub(shared), timer_(io), work_(io.get_executor()) {
  refresh();
}

void Worker::run() {
  sweep();
  io.run();
}

void Worker::adopt(Socket socket, std::string peer) {
  asio::post(io, [this, taken = std::move(socket), from = std::move(peer)]() mutable {
    Connection::start(*this, std::move(taken), std::move(from));
  });
}

void Worker::drain(Ticks limit) {
  asio::post(io, [this, limit] {
    cut_ = draining_ ? now_ : now_ + limit;
    draining_ = true;
    pool.clear();
    for (auto& connection : connections_) {
      if (cut_ == now_) connection.end();
      connection.end_if_idle();
    }
    report_if_done();
  });
}

void Worker::left(Connection& connection) {
  connections_.erase(connections_.iterator_to(connection));
  hub.connections.fetch_sub(1, std::memory_order_relaxed);
  report_if_done();
}

void Worker::refresh() {
  generation_ = hub.generation();
  door_ = hub.door();
}

void Worker::report_if_done() {
  if (!draining_ || !connections_.empty() || !finished_) return;
  const auto finished = std::exchange(finished_, nullptr);
  finished();
}

/// Once a second: deadlines, callers that left, upstreams that closed.
void Worker::sweep() {
  const auto& current = *door();
  const bool cut = draining_ && now_ >= cut_;
  for (auto& connection : connections_) {
    if (cut) connection.end();
    connection.tick(now_);
  }
  pool.sweep(current.upstream_id, now_);
  timer_.expires_after(std::chrono::seconds(1));
  timer_.async_wait([this](error_code error) {
    if (error) return;
    ++now_;
    sweep();
  });
}

}  // namespace gatehouse::proxy
