// SPDX-License-Identifier: Apache-2.0
#include "peer.hpp"

#include <doctest/doctest.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "descriptor.hpp"

namespace {

using gatehouse::auth_socket::Descriptor;
using gatehouse::auth_socket::may_ask;
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

TEST_CASE("root asks for anyone, others only for themselves") {
  CHECK(may_ask(0, "alice"));
  CHECK(may_ask(0, ""));
  const passwd* const nobody = getpwnam("nobody");
  REQUIRE(nobody != nullptr);
  const uid_t uid = nobody->pw_uid;
  CHECK(may_ask(uid, "nobody"));
  for (const char* other : {"root", "", "nobod", "nobody ", "Nobody", "alice"}) CHECK(!may_ask(uid, other));
  CHECK(!may_ask(uid, std::string("nobody\0", 7)));
  CHECK(!may_ask(3999999, "3999999"));
  CHECK(!may_ask(3999999, ""));
}

}  // namespace
