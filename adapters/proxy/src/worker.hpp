// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One event loop with what its connections share. Everything here belongs to its thread, except where said.
#include <boost/asio/executor_work_guard.hpp>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "buffers.hpp"
#include "connection.hpp"
#include "hub.hpp"
#include "net.hpp"
#include "upstream_pool.hpp"

namespace gatehouse::proxy {

class Worker : public std::enable_shared_from_this<Worker> {
  // Destroying `io` ends the connections that are left, and they look at these.
  boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> connections_;
  using Waiting = boost::intrusive::list<Connection, boost::intrusive::base_hook<WaitingHook>,
                                         boost::intrusive::constant_time_size<false>>;
  Waiting waiting_callers_;  ///< for a request, the longest first
  Waiting waiting_askers_;
  std::function<void()> finished_;
  bool draining_ = false;

 public:
  /// `finished` is called once, on this thread, when a drain is complete.
  Worker(Hub& shared, std::function<void()> finished);
  ~Worker() { finished_ = nullptr; }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Runs the loop until finish(). [the worker's thread]
  void run();
  /// Ends run(). [any-thread]
  void finish() { io.stop(); }

  /// Takes a connection that the listener accepted and counted. [any-thread]
  void adopt(Socket socket, std::string peer, Role role);
  /// Ends idle connections, then reports when the others are done; they are cut after `limit`. [any-thread]
  void drain(Ticks limit);

  /// The current snapshot.
  [[nodiscard]] const std::shared_ptr<const Door>& door() {
    if (generation_ != hub.generation()) refresh();
    return door_;
  }
  [[nodiscard]] bool draining() const noexcept { return draining_; }
  [[nodiscard]] Ticks now() const noexcept { return now_; }

  void entered(Connection& connection) { connections_.push_back(connection); }
  void left(Connection& connection);
  void waits(Connection& connection) { waiting(connection.role()).push_back(connection); }

  /// Written within a second.
  void log_access(const std::shared_ptr<const AccessLog>& log, const AccessEntry& entry);

  asio::io_context io{1};
  Hub& hub;
  BlockPool blocks;
  UpstreamPool pool;
  http::Scratch scratch;     ///< between reading a credential and asking the engine; never across a wait
  std::uint64_t proofs = 0;  ///< that came with tokens

 private:
  static constexpr std::size_t access_buffer = 16 * 1024;
  /// Where there are too many, the one that has waited longest for a request is ended; false: none of this thread does.
  [[nodiscard]] bool has_room(Role role) noexcept;
  [[nodiscard]] Waiting& waiting(Role role) noexcept {
    return role == Role::forward_auth ? waiting_askers_ : waiting_callers_;
  }
  void refresh();
  void sweep();
  void flush_access();
  void report_if_done();

  Timer timer_;
  Ticks now_ = 1;
  Ticks cut_ = 0;
  std::uint64_t generation_ = 0;
  std::shared_ptr<const Door> door_;
  asio::executor_work_guard<Executor> work_;
  std::shared_ptr<const AccessLog> access_log_;  ///< of access_lines_
  std::string access_lines_;
};

}  // namespace gatehouse::proxy
