// SPDX-License-Identifier: Apache-2.0
#include "response_gate.hpp"

#include <doctest/doctest.h>

#include <string>

namespace gatehouse::proxy {
namespace {

bool read(const std::string& bytes, ResponseHead& head, std::string_view method = "GET") {
  return admit(bytes, method, head);
}

TEST_CASE("an upstream that is not clear is not believed") {
  ResponseHead head;
  for (const auto* bytes : {
           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
           "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
           "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
           "HTTP/1.1 101 Switching Protocols\r\n\r\n",
           "HTTP/1.1 000 Zero\r\n\r\n",
           "HTTP/1.1 099 Low\r\n\r\n",
           "HTTP/1.1 600 High\r\n\r\n",
           "HTTP/1.1 20 OK\r\n\r\n",
           "HTTP/1.1 2000 OK\r\n\r\n",
           "HTTP/1.1  200 OK\r\n\r\n",
           "HTTP/2.0 200 OK\r\n\r\n",
           "HTTP/1.2 200 OK\r\n\r\n",
           "ICY 200 OK\r\n\r\n",
           "HTTP/1.1 200 OK\r\nX Y: z\r\n\r\n",
           "HTTP/1.1 200 OK\r\nX : z\r\n\r\n",
           "HTTP/1.1 200 OK\r\nConnection: a b\r\n\r\n",
       }) {
    CAPTURE(bytes);
    CHECK_FALSE(read(bytes, head));
  }
}

TEST_CASE("where a response ends") {
  ResponseHead head;
  REQUIRE(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", head));
  CHECK(head.framing == Framing::length);
  CHECK(head.length == 5);
  CHECK(head.keep_alive);
  REQUIRE(read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", head));
  CHECK(head.framing == Framing::none);
  REQUIRE(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", head));
  CHECK(head.framing == Framing::chunked);
  REQUIRE(read("HTTP/1.1 200 OK\r\n\r\n", head));
  CHECK(head.framing == Framing::until_close);
  CHECK_FALSE(head.keep_alive);
  REQUIRE(read("HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\n", head, "HEAD"));
  CHECK(head.framing == Framing::none);
  for (const auto* start : {"HTTP/1.1 204 No Content", "HTTP/1.1 304 Not Modified", "HTTP/1.1 100 Continue"}) {
    CAPTURE(start);
    REQUIRE(read(std::string(start) + "\r\nContent-Length: 5\r\n\r\n", head));
    CHECK(head.framing == Framing::none);
  }
  REQUIRE(read("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", head));
  CHECK_FALSE(head.keep_alive);
  REQUIRE(read("HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n", head));
  CHECK(head.keep_alive);
  REQUIRE(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n", head));
  CHECK_FALSE(head.keep_alive);
}

TEST_CASE("a connection on which a body may come that has no place is not kept") {
  ResponseHead head;
  for (const auto* field : {"Content-Length: 5", "Transfer-Encoding: chunked"}) {
    CAPTURE(field);
    const auto with = [field](std::string_view start) { return std::string(start) + "\r\n" + field + "\r\n\r\n"; };
    REQUIRE(read(with("HTTP/1.1 200 OK"), head, "HEAD"));
    CHECK_FALSE(head.keep_alive);
    REQUIRE(read(with("HTTP/1.1 204 No Content"), head));
    CHECK_FALSE(head.keep_alive);
    REQUIRE(read(with("HTTP/1.1 304 Not Modified"), head));
    CHECK(head.keep_alive);
    REQUIRE(read(with("HTTP/1.1 200 OK"), head));
    CHECK(head.keep_alive);
  }
  REQUIRE(read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", head, "HEAD"));
  CHECK(head.keep_alive);
  REQUIRE(read("HTTP/1.1 204 No Content\r\n\r\n", head));
  CHECK(head.keep_alive);
}

TEST_CASE("a change of protocol is taken only as it was asked for") {
  const auto taken = [](std::string_view fields, std::string_view upgrade, std::string_view version = "1.1") {
    const auto bytes = "HTTP/" + std::string(version) + " 101 X\r\n" + std::string(fields) + "\r\n";
    ResponseHead head;
    return admit(bytes, "GET", head, upgrade);
  };
  const std::string good = "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n";
  CHECK(taken(good, "websocket"));
  CHECK(taken(good + "Content-Length: 0\r\n", "websocket"));
  CHECK_FALSE(taken(good, ""));
  CHECK_FALSE(taken(good, "x"));
  CHECK_FALSE(taken(good, "websocket", "1.0"));
  CHECK_FALSE(taken(good + "Upgrade: websocket\r\n", "websocket"));
  CHECK_FALSE(taken(good + "Content-Length: 1\r\n", "websocket"));
  CHECK_FALSE(taken(good + "Transfer-Encoding: chunked\r\n", "websocket"));
  CHECK_FALSE(taken("Upgrade: websocket\r\n", "websocket"));
  CHECK_FALSE(taken("Connection: Upgrade\r\n", "websocket"));
}

}  // namespace
}  // namespace gatehouse::proxy
