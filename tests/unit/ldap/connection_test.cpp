// SPDX-License-Identifier: Apache-2.0
// A connection over a pair of sockets whose other end the test holds.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <connection.hpp>
#include <memory>
#include <socket.hpp>
#include <string>
#include <string_view>
#include <vector>

using namespace gatehouse::ldap;

namespace {

struct Line {
  Line() {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    mine = Socket(ends[0]);
    std::string fault;
    connection =
        Connection::open(Socket(ends[1]), {Scheme::ldap, "127.0.0.1", 389}, {}, Deadline(Milliseconds(1000)), fault);
    REQUIRE(connection);
  }
  [[nodiscard]] bool is_silent() const {
    pollfd look{mine.get(), POLLIN, 0};
    return poll(&look, 1, 0) == 0;
  }
  [[nodiscard]] std::string take() const {
    std::string bytes(65536, '\0');
    const auto size = recv(mine.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return bytes;
  }
  void send_bytes(std::string_view bytes) const {
    REQUIRE(send(mine.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  Socket mine;
  std::unique_ptr<Connection> connection;
};

const Identity user{Identity::Kind::user, "uid=a,dc=x"};
const Identity service{Identity::Kind::service, {}};
const Deadline soon() {
  return Deadline(Milliseconds(50));
}
constexpr std::string_view bind_success{"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00", 14};

}  // namespace

TEST_CASE("nothing of libldap's defaults is left") {
  const Line wire;
  const auto settings = wire.connection->settings();
  for (const char* wanted : {"version=3", "referrals=0", "deref=0", "require_cert=2", "require_san=2", "tls_min=771",
                             "timeout=set", "network=set", "ca=", "ca_dir=", "cert=", "key="}) {
    CAPTURE(wanted);
    CHECK(std::find(settings.begin(), settings.end(), wanted) != settings.end());
  }
}

TEST_CASE("a bind without a name or a password is never sent") {
  const Line wire;
  for (const auto& [name, password] : {std::pair<std::string, std::string>{"uid=a", ""},
                                       {"", "secret"},
                                       {"", ""},
                                       {"uid=a", std::string("a\0b", 3)}}) {
    CHECK(wire.connection->bind(name, password, user, soon()).code == 49);
    CHECK(wire.is_silent());
  }
}

TEST_CASE("the password goes out as its bytes") {
  const Line wire;
  CHECK(wire.connection->bind("uid=a", "p\xc3\xa4{x}", user, soon()).timed_out);
  CHECK(wire.take().find("p\xc3\xa4{x}") != std::string::npos);
}

TEST_CASE("no search under another identity") {
  const Line wire;
  const SearchRequest request{.base = "dc=x", .filter = "(a=b)"};
  CHECK(wire.connection->search(request, service, soon()).status == SearchStatus::wrong_identity);
  CHECK(wire.connection->search(request, {}, soon()).status == SearchStatus::wrong_identity);
  CHECK(wire.is_silent());

  wire.send_bytes(bind_success);
  CHECK(wire.connection->bind("uid=a,dc=x", "secret", user, soon()).code == 0);
  static_cast<void>(wire.take());
  CHECK(wire.connection->identity() == user);
  CHECK(wire.connection->search(request, service, soon()).status == SearchStatus::wrong_identity);
  CHECK(wire.connection->search(request, {Identity::Kind::user, "uid=b,dc=x"}, soon()).status ==
        SearchStatus::wrong_identity);
  CHECK(wire.is_silent());
  CHECK(wire.connection->search(request, user, soon()).status == SearchStatus::timed_out);
  CHECK_FALSE(wire.is_silent());
}

TEST_CASE("a bind that failed, or was not answered, leaves nobody") {
  const Line wire;
  wire.send_bytes(bind_success);
  CHECK(wire.connection->bind("uid=a,dc=x", "secret", user, soon()).code == 0);
  static_cast<void>(wire.take());
  wire.send_bytes({"\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x31\x04\x00\x04\x00", 14});
  CHECK(wire.connection->bind("uid=b,dc=x", "wrong", {Identity::Kind::user, "uid=b,dc=x"}, soon()).code == 49);
  CHECK(wire.connection->identity().kind == Identity::Kind::nobody);
  CHECK(wire.connection->is_usable());
  CHECK(wire.connection->bind("uid=b,dc=x", "wrong", user, soon()).lost());
  CHECK(wire.connection->identity().kind == Identity::Kind::nobody);
  CHECK_FALSE(wire.connection->is_usable());
}

TEST_CASE("a connection on which something waits, or that is closed, is not used") {
  const Line said;
  CHECK(said.connection->is_usable());
  said.send_bytes("x");
  CHECK_FALSE(said.connection->is_usable());
  Line closed;
  closed.mine = Socket();
  CHECK_FALSE(closed.connection->is_usable());
  CHECK(closed.connection->bind("uid=a", "secret", user, soon()).lost());
}

TEST_CASE("an answer to another question is no answer") {
  const Line wire;
  std::string flood;
  for (int i = 0; i < 5000; ++i) flood += std::string("\x30\x0c\x02\x01\x7f\x61\x07\x0a\x01\x00\x04\x00\x04\x00", 14);
  wire.send_bytes(flood);
  const BindReply reply = wire.connection->bind("uid=a,dc=x", "secret", user, soon());
  CHECK(reply.lost());
  CHECK(wire.connection->identity().kind == Identity::Kind::nobody);
}

TEST_CASE("bytes that are no message end the connection") {
  for (const std::string_view bytes : {std::string_view("HTTP/1.0 400 Bad Request\r\n\r\n"),
                                       std::string_view("\x30\x84\x7f\xff\xff\xff\x02\x01\x01", 9),
                                       std::string_view("\x30\x05\x02\x01\x01\x65\x00", 7)}) {
    const Line wire;
    wire.send_bytes(bytes);
    const BindReply reply = wire.connection->bind("uid=a,dc=x", "secret", user, soon());
    CHECK(reply.code != 0);
    CHECK(wire.connection->identity().kind == Identity::Kind::nobody);
  }
}
