// SPDX-License-Identifier: Apache-2.0
#include "peer.hpp"

#include <pwd.h>
#include <sys/socket.h>

#include <cerrno>
#include <vector>

namespace gatehouse::auth_socket {

std::optional<uid_t> peer_of(int fd) noexcept {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || size != sizeof peer) return std::nullopt;
  return peer.uid;
}

bool may_ask(uid_t peer, std::string_view user) {
  if (peer == 0) return true;
  constexpr std::size_t largest = std::size_t{1024} * 1024;
  passwd entry{};
  for (std::vector<char> room(4096); room.size() <= largest; room.resize(room.size() * 2)) {
    passwd* found = nullptr;
    const int failed = ::getpwuid_r(peer, &entry, room.data(), room.size(), &found);
    if (failed == ERANGE) continue;
    return failed == 0 && found != nullptr && found->pw_uid == peer && user == found->pw_name;
  }
  return false;
}

}  // namespace gatehouse::auth_socket
