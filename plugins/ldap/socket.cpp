// SPDX-License-Identifier: Apache-2.0
#include "socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>

namespace gatehouse::ldap {
namespace {

std::string words(int error) {
  return std::generic_category().message(error);
}

/// Lets a peer that is gone be noticed while nothing is asked.
void tune(int socket) {
  const int on = 1;
  const int idle = 30;
  const int interval = 10;
  const int probes = 3;
  setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// 0, or why not.
int connect_one(int socket, const SocketAddress& address, Deadline deadline) {
  if (connect(socket, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd look{socket, POLLOUT, 0};
  int ready = 0;
  do {
    ready = poll(&look, 1, static_cast<int>(deadline.left().count()));
  } while (ready < 0 && errno == EINTR && !deadline.passed());
  if (ready <= 0) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

}  // namespace

void Socket::close() noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

SocketAddress address_of_path(const std::string& path) {
  SocketAddress address;
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  if (path.size() >= sizeof where.sun_path) return address;
  std::memcpy(where.sun_path, path.c_str(), path.size() + 1);
  std::memcpy(&address.storage, &where, sizeof where);
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

Socket connect_to(const std::vector<SocketAddress>& addresses, Deadline deadline, std::string& fault) {
  fault = "no address";
  for (std::size_t i = 0; i < addresses.size() && !deadline.passed(); ++i) {
    const auto share = deadline.left() / static_cast<Milliseconds::rep>(addresses.size() - i);
    Socket made(socket(addresses[i].storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!made.is_open()) {
      fault = words(errno);
      continue;
    }
    const int error = connect_one(made.get(), addresses[i], deadline.within(share));
    if (error == 0) {
      if (addresses[i].storage.ss_family != AF_UNIX) tune(made.get());
      return made;
    }
    fault = words(error);
  }
  return {};
}

}  // namespace gatehouse::ldap
