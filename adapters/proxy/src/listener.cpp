// SPDX-License-Identifier: Apache-2.0
#include "listener.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstring>

#include "forward_head.hpp"
#include "use_await.hpp"

namespace gatehouse::proxy {

namespace {

/// What a caller is told for whom there is no place.
std::string full() {
  const auto answer = http::answer_fault(503, "There are too many connections.", {});
  std::string text;
  write_answer_head(text, answer, false, 1);
  return text + answer.body;
}

template <typename T>
T address_of(const Endpoint& endpoint) noexcept {
  T address{};
  std::memcpy(&address, endpoint.data(), std::min(sizeof address, endpoint.size()));
  return address;
}

bool is_left_over(const std::string& path, const Endpoint& endpoint) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  asio::io_context io(1);
  Socket probe(io);
  error_code error;
  probe.connect(endpoint, error);
  return error == asio::error::connection_refused;
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
  const auto endpoints = resolve(address, true);
  if (!endpoints) return failed(endpoints.error().message);
  listener->bind(address, endpoints->front(), error);
  if (error) return failed(error.message());
  auto bound = address;
  bound.port = named(listener->acceptor_.local_endpoint(error)).port;
  listener->address_ = bound.text();
  return listener;
}

void Listener::bind(const Address& address, const Endpoint& endpoint, error_code& error) {
  if (!address.path.empty() && is_left_over(address.path, endpoint)) ::unlink(address.path.c_str());
  acceptor_.open(endpoint.protocol(), error);
  if (!error && address.path.empty()) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error && !address.path.empty()) path_ = address.path;
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
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
  if (!path_.empty()) ::unlink(path_.c_str());
}

void Listener::close() noexcept {
  error_code ignored;
  acceptor_.close(ignored);
  try {
    pause_.cancel();
  } catch (const boost::system::system_error&) {
    return;
  }
}

void Listener::run(Hub& hub, const std::vector<std::shared_ptr<Worker>>& workers) {
  asio::co_spawn(acceptor_.get_executor(), accept(hub, workers), [&hub](const std::exception_ptr& error) {
    if (error) hub.log(LogLevel::error, "a listener ended: out of memory");
  });
}

Awaitable<void> Listener::accept(Hub& hub, const std::vector<std::shared_ptr<Worker>>& workers) {
  std::size_t turn = 0;
  while (acceptor_.is_open()) {
    auto& worker = *workers[turn % workers.size()];
    Socket socket(worker.io);
    Endpoint peer;
    const auto [error] = co_await acceptor_.async_accept(socket, peer, use_await);
    if (!acceptor_.is_open()) co_return;
    if (error) {
      // Out of descriptors, mostly; what waits in the backlog is taken when some are free again.
      if (error != asio::error::connection_aborted) {
        hub.log_limited(LogLevel::error, "cannot accept: " + error.message());
        pause_.expires_after(std::chrono::milliseconds(100));
        co_await pause_.async_wait(use_await);
      }
      continue;
    }
    error_code failed;
    socket.non_blocking(true, failed);
    if (peer.protocol().family() != AF_UNIX) socket.set_option(asio::ip::tcp::no_delay(true), failed);
    if (hub.connections.load(std::memory_order_relaxed) >= hub.door()->options.max_connections) {
      if (!hub.door()->tls) socket.write_some(asio::buffer(full()), failed);
      hub.log_limited(LogLevel::warning, "max_connections is reached; a caller was answered 503");
      continue;
    }
    hub.connections.fetch_add(1, std::memory_order_relaxed);
    worker.adopt(std::move(socket), peer_text(peer));
    ++turn;
  }
}

}  // namespace gatehouse::proxy
