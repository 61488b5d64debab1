// SPDX-License-Identifier: Apache-2.0
#include "worker.hpp"

#include <boost/asio/post.hpp>
#include <chrono>

#include "turn_away.hpp"

namespace gatehouse::proxy {

Worker::Worker(Hub& shared, std::function<void()> finished)
    : finished_(std::move(finished)), hub(shared), timer_(io), work_(io.get_executor()) {
  refresh();
}

void Worker::run() {
  sweep();
  io.run();
  flush_access();
}

void Worker::adopt(Socket socket, std::string peer, Role role) {
  asio::post(io, [this, taken = std::move(socket), from = std::move(peer), role]() mutable {
    if (has_room(role)) return Connection::start(*this, std::move(taken), std::move(from), role);
    hub.connections(role).fetch_sub(1, std::memory_order_relaxed);
    refuse_full(hub, *door(), taken, role);
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
  hub.connections(connection.role()).fetch_sub(1, std::memory_order_relaxed);
  report_if_done();
}

bool Worker::has_room(Role role) noexcept {
  if (hub.connections(role).load(std::memory_order_relaxed) <= door()->options.max_connections) return true;
  auto& list = waiting(role);
  if (list.empty()) return false;
  auto& longest = list.front();
  list.pop_front();
  longest.end();
  hub.log_limited(LogLevel::warning, "max_connections is reached; who waited longest without a request was ended");
  return true;
}

void Worker::refresh() {
  generation_ = hub.generation();
  door_ = hub.door();
}

void Worker::log_access(const std::shared_ptr<const AccessLog>& log, const AccessEntry& entry) {
  if (log != access_log_) flush_access();
  access_log_ = log;
  log->add(access_lines_, entry, std::chrono::system_clock::now());
  if (access_lines_.size() > access_buffer) flush_access();
}

void Worker::flush_access() {
  if (access_lines_.empty()) return;
  if (!access_log_->write(access_lines_)) {
    hub.log_limited(LogLevel::error, "the access log cannot be written; lines are lost");
  }
  access_lines_.clear();
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
  pool.sweep(current.upstream_id(), now_);
  flush_access();
  timer_.expires_after(std::chrono::seconds(1));
  timer_.async_wait([this](error_code error) {
    if (error) return;
    ++now_;
    sweep();
  });
}

}  // namespace gatehouse::proxy
