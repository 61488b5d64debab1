// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The sockets on which callers arrive, and the one loop that hands them to the workers in turn.
#include <boost/asio/basic_socket_acceptor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gatehouse/unix_listener.hpp>

#include "address.hpp"
#include "net.hpp"
#include "worker.hpp"

namespace gatehouse::proxy {

class Listener {
 public:
  /// Binds and listens, or takes a socket that listens already. A unix socket that nobody listens on is replaced.
  [[nodiscard]] static Result<std::unique_ptr<Listener>> open(asio::io_context& io, const Address& address);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Accepts until close(). The workers must outlive the loop. `ended` is called when it accepts no more.
  void run(Hub& hub, const std::vector<std::shared_ptr<Worker>>& workers, Role role, std::function<void()> ended);
  /// Removes the unix socket, then closes: nobody takes the path over before it is free.
  void close() noexcept;

  [[nodiscard]] const std::string& address() const noexcept { return address_; }

 private:
  using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol, Executor>;
  explicit Listener(asio::io_context& io) : acceptor_(io), pause_(io) {}
  void bind(const Endpoint& endpoint, error_code& error);
  [[nodiscard]] Result<void> bind_file(const std::string& path);
  void take(int descriptor, error_code& error);
  struct Loop;
  [[nodiscard]] Awaitable<void> accept(Loop loop);
  /// False: pause before the next.
  [[nodiscard]] Awaitable<bool> accept_one(Loop& loop);
  [[nodiscard]] static bool is_let_in(Loop& loop, Socket& socket, const std::string& peer, std::size_t open);

  Acceptor acceptor_;
  Timer pause_;
  std::string address_;
  system::UnixListener file_;  ///< of a unix socket that was made here; its descriptor is the acceptor's
};

/// "192.0.2.1", "2001:db8::1"; an IPv4 address in IPv6 clothes as IPv4; empty for a unix socket.
[[nodiscard]] std::string peer_text(const Endpoint& endpoint);

}  // namespace gatehouse::proxy
