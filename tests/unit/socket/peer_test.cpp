// SPDX-License-Identifier: Apache-2.0
#include "peer.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "descriptor.hpp"

namespace {

using gatehouse::auth_socket::Descriptor;
using gatehouse::auth_socket::peer_of;

TEST_CASE("the kernel tells who is there") {
  std::array<int, 2> ends{};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  const Descriptor one(ends[0]);
  const Descriptor other(ends[1]);
  CHECK(peer_of(one.get()) == getuid());
  CHECK(!peer_of(-1));
  CHECK(!peer_of(STDIN_FILENO));
}

}  // namespace
