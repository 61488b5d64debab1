// SPDX-License-Identifier: Apache-2.0
#include "peer.hpp"

#include <sys/socket.h>

namespace gatehouse::auth_socket {

std::optional<uid_t> peer_of(int fd) noexcept {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || size != sizeof peer) return std::nullopt;
  return peer.uid;
}

}  // namespace gatehouse::auth_socket
