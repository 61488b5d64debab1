// SPDX-License-Identifier: Apache-2.0
#include "listener.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstring>

#include "turn_away.hpp"
#include "use_await.hpp"

namespace gatehouse::proxy {

namespace {

constexpr mode_t socket_mode = 0660;

constexpr std::size_t max_pressing = 64;

template <typename T>
T address_of(const Endpoint& endpoint) noexcept {
  T address{};
  std::memcpy(&address, endpoint.data(), std::min(sizeof address, endpoint.size()));
  return address;
}

}  // namespace

std::string peer_text(const Endpoint& endpoint) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (endpoint.protocol().family() == AF_INET) {
    const auto v4 = address_of<sockaddr_in>(endpoint);
    return ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  }
  if (endpoint.protocol().family() != AF_INET6) return {};
  const auto v6 = address_of<sockaddr_in6>(endpoint);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    return ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text.data(), text.size());
  }
  return ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
}

namespace {

/// What to say where it listens: as read_listen() takes it.
Address named(const Endpoint& local) {
  Address address;
  address.host = peer_text(local);
  if (local.protocol().family() == AF_INET) address.port = ntohs(address_of<sockaddr_in>(local).sin_port);
  if (local.protocol().family() == AF_INET6) address.port = ntohs(address_of<sockaddr_in6>(local).sin6_port);
  if (local.protocol().family() == AF_UNIX) address.path = address_of<sockaddr_un>(local).sun_path;
  return address;
}

int option(int descriptor, int name) noexcept {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(asio::io_context& io, const Address& address) {
  const auto failed = [&address](std::string_view what) {
    return Error{"listen " + address.text() + ": " + std::string(what)};
  };
  std::unique_ptr<Listener> listener(new Listener(io));
  error_code error;
  if (address.fd >= 0) {
    listener->take(address.fd, error);
    if (error) return failed("this is not a stream socket that listens: " + error.message());
    listener->address_ = named(listener->acceptor_.local_endpoint(error)).text();
    return listener;
  }
  if (!address.path.empty()) {
    if (auto bound = listener->bind_file(address.path); !bound) return failed(bound.error().message);
    listener->address_ = address.text();
    return listener;
  }
  const auto endpoints = resolve(address, true);
  if (!endpoints) return failed(endpoints.error().message);
  listener->bind(endpoints->front(), error);
  if (error) return failed(error.message());
  auto bound = address;
  bound.port = named(listener->acceptor_.local_endpoint(error)).port;
  listener->address_ = bound.text();
  return listener;
}

void Listener::bind(const Endpoint& endpoint, error_code& error) {
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
}

Result<void> Listener::bind_file(const std::string& path) {
  auto made = system::UnixListener::open(path, socket_mode, asio::socket_base::max_listen_connections);
  if (!made) return made.error();
  file_ = *std::move(made);
  error_code error;
  acceptor_.assign(asio::generic::stream_protocol(AF_UNIX, 0), file_.fd(), error);
  if (error) return Error{error.message()};
  static_cast<void>(file_.release());
  return {};
}

void Listener::take(int descriptor, error_code& error) {
  const int family = option(descriptor, SO_DOMAIN);
  if (option(descriptor, SO_ACCEPTCONN) != 1 || option(descriptor, SO_TYPE) != SOCK_STREAM ||
      (family != AF_INET && family != AF_INET6 && family != AF_UNIX)) {
    error = asio::error::invalid_argument;
    return;
  }
  acceptor_.assign(asio::generic::stream_protocol(family, 0), descriptor, error);
}

Listener::~Listener() {
  close();
}

void Listener::close() noexcept {
  file_.remove();
  error_code ignored;
  acceptor_.close(ignored);
  try {
    pause_.cancel();
  } catch (const boost::system::system_error&) {
    return;
  }
}

struct Listener::Loop {
  Hub& hub;
  const std::vector<std::shared_ptr<Worker>>& workers;
  Role role;
  std::size_t turn = 0;
};

void Listener::run(Hub& hub, const std::vector<std::shared_ptr<Worker>>& workers, Role role,
                   std::function<void()> ended) {
  asio::co_spawn(acceptor_.get_executor(), accept({hub, workers, role}),
                 [ended = std::move(ended)](const std::exception_ptr&) { ended(); });
}

/// Whatever one connection costs, the next is accepted: out of memory or descriptors passes.
Awaitable<void> Listener::accept(Loop loop) {
  while (acceptor_.is_open()) {
    bool well = false;
    try {
      well = co_await accept_one(loop);
    } catch (const std::exception&) {
      loop.hub.log_limited(LogLevel::error, "cannot accept: out of memory");
    }
    if (well || !acceptor_.is_open()) continue;
    pause_.expires_after(std::chrono::milliseconds(100));
    co_await pause_.async_wait(use_await);
  }
}

Awaitable<bool> Listener::accept_one(Loop& loop) {
  auto& worker = *loop.workers[loop.turn % loop.workers.size()];
  Socket socket(worker.io);
  Endpoint peer;
  const auto [error] = co_await acceptor_.async_accept(socket, peer, use_await);
  if (!acceptor_.is_open() || error == asio::error::connection_aborted) co_return true;
  if (error) {
    // Out of descriptors, mostly; what waits in the backlog is taken when some are free again.
    loop.hub.log_limited(LogLevel::error, "cannot accept: " + error.message());
    co_return false;
  }
  error_code failed;
  socket.non_blocking(true, failed);
  if (peer.protocol().family() != AF_UNIX) socket.set_option(asio::ip::tcp::no_delay(true), failed);
  auto text = peer_text(peer);
  auto& places = loop.hub.connections(loop.role);
  if (!is_let_in(loop, socket, text, places.load(std::memory_order_relaxed))) co_return true;
  places.fetch_add(1, std::memory_order_relaxed);
  try {
    worker.adopt(std::move(socket), std::move(text), loop.role);
  } catch (const std::exception&) {
    places.fetch_sub(1, std::memory_order_relaxed);
    throw;
  }
  ++loop.turn;
  co_return true;
}

/// Whether it may come in. What it is told otherwise is written as far as that does not wait.
bool Listener::is_let_in(Loop& loop, Socket& socket, const std::string& peer, std::size_t open) {
  const auto door = loop.hub.door();
  if (loop.role == Role::forward_auth && !loop.hub.may_ask(*door, peer)) {
    turn_away(socket, 403, "You may not ask here.");
    return false;
  }
  // Workers make room for so many at once; where they do not get to it, nobody else is let in.
  if (open < door->options.max_connections + max_pressing) return true;
  refuse_full(loop.hub, *door, socket, loop.role);
  return false;
}

}  // namespace gatehouse::proxy
