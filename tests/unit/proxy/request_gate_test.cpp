// SPDX-License-Identifier: Apache-2.0
// The names in the tables are those of the catalogue of hostile input (group HT).
#include "request_gate.hpp"

#include <doctest/doctest.h>

#include <string>

#include "heads.hpp"

namespace gatehouse::proxy {
namespace {

using test::get_with;
using test::refused_with;

TEST_CASE("HT-01..07: every unclear end of a request is refused") {
  for (const auto* lines : {
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
           "tRANSFER-eNCODING: chunked\r\ncONTENT-lENGTH: 0\r\n",
           "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n",
           "Content-Length: 5\r\nTransfer-Encoding: gzip\r\n",
           "Transfer-Encoding: gzip\r\n",
           "Transfer-Encoding: identity\r\n",
           "Transfer-Encoding: chunked, identity\r\n",
           "Transfer-Encoding: gzip, chunked\r\n",
           "Transfer-Encoding: xchunked\r\n",
           "Transfer-Encoding: chunkedx\r\n",
           "Transfer-Encoding: chunked;q=1\r\n",
           "Transfer-Encoding: \"chunked\"\r\n",
           "Transfer-Encoding:\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
           "Transfer-Encoding: chunked, chunked\r\n",
           "Transfer-Encoding: ,chunked\r\n",
           "Transfer-Encoding: chunked,\r\n",
           "Transfer-Encoding: \x0b"
           "chunked\r\n",
           "Transfer-Encoding:\tchunked\r\n",
           "Transfer-Encoding: chunked\t\r\n",
           "Transfer-Encoding: chunked \r\n",
           "Content-Length: +5\r\n",
           "Content-Length: -5\r\n",
           "Content-Length: 0x5\r\n",
           "Content-Length: 5 5\r\n",
           "Content-Length:\r\n",
           "Content-Length: 5.0\r\n",
           "Content-Length: 5,5\r\n",
           "Content-Length: 9223372036854775808\r\n",
           "Content-Length: 18446744073709551616\r\n",
           "Content-Length: 000000000000000000000000000005\r\n",
           "Content-Length: 5\r\nContent-Length: 5\r\n",
           "Content-Length: 5\r\nContent-Length: 6\r\n",
           "Content-Length: 0\r\ncontent-length: 0\r\n",
       }) {
    CAPTURE(lines);
    CHECK(refused_with(get_with(lines)) == 400);
  }
  CHECK(refused_with("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
}

TEST_CASE("clear framing is read") {
  RequestHead head;
  const auto chunked = get_with("transfer-encoding: CHUNKED\r\n");
  REQUIRE(refused_with(chunked, head) == 0);
  CHECK(head.framing == Framing::chunked);

  const auto length = get_with("Content-Length: 9223372036854775807\r\n");
  REQUIRE(refused_with(length, head) == 0);
  CHECK(head.framing == Framing::length);
  CHECK(head.length == 9223372036854775807u);

  const auto zero = get_with("Content-Length: 0\r\n");
  REQUIRE(refused_with(zero, head) == 0);
  CHECK(head.framing == Framing::none);

  REQUIRE(refused_with(get_with(""), head) == 0);
  CHECK(head.framing == Framing::none);
}

TEST_CASE("HT-10, HT-11: line ends, folds, spaces before a colon, names that are no tokens") {
  for (const auto* bytes : {
           "GET / HTTP/1.1\nHost: a\n\n",
           "GET / HTTP/1.1\r\nHost: a\r\n\n",
           "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
           "GET / HTTP/1.1\r\nHost\t: a\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nX Y: b\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\n\xc3\xa4: b\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nX(Y): b\r\n\r\n",
           "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET /  HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
           "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n",
           " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET / /b HTTP/1.1\r\nHost: a\r\n\r\n",
           "G{T / HTTP/1.1\r\nHost: a\r\n\r\n",
       }) {
    CAPTURE(bytes);
    CHECK(refused_with(bytes) == 400);
  }
}

TEST_CASE("HT-13: Host") {
  for (const auto* host :
       {"",         "a, b",    "a/b",  "a@b",  "a b", "a:99999", "a:",     "a:b",    "a:80:80",   "a?b",
        "a#b",      "a\\b",    "a%00", "a\"b", ":80", "[::1",    "[::1]x", "[::1]:", "[1.2.3.4]", "[fe80::1%25eth0]",
        "\xc3\xa4", "http://a"}) {
    CAPTURE(host);
    CHECK(refused_with("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n") == 400);
  }
  for (const auto* host : {"a", "a:80", "A-b_c.d.", "127.0.0.1:65535", "[::1]", "[2001:db8::1]:443"}) {
    CAPTURE(host);
    CHECK(refused_with("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n") == 0);
  }
  CHECK(refused_with("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(refused_with("GET / HTTP/1.1\r\nX: a\r\n\r\n") == 400);
  CHECK(refused_with("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") == 400);
  CHECK(refused_with("GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n") == 400);
  CHECK(refused_with("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n") == 400);
  CHECK(refused_with("GET / HTTP/1.0\r\n\r\n") == 0);
}

TEST_CASE("HT-14: the host of an absolute-form target wins; forms that are not for us are refused") {
  RequestHead head;
  const std::string absolute = "GET http://real:81/p?q HTTP/1.1\r\nHost: other\r\n\r\n";
  REQUIRE(refused_with(absolute, head) == 0);
  CHECK(head.host == "real:81");
  CHECK(head.path == "/p?q");

  for (const auto* start :
       {"GET https://a/ HTTP/1.1", "GET a:80 HTTP/1.1", "GET * HTTP/1.1", "GET a HTTP/1.1", "GET ftp://a/ HTTP/1.1",
        "GET http:// HTTP/1.1", "GET http:///x HTTP/1.1", "GET http://user:pw@a/ HTTP/1.1", "GET http://a?x HTTP/1.1",
        "GET http://a:99999/ HTTP/1.1", "POST * HTTP/1.1"}) {
    CAPTURE(start);
    CHECK(refused_with(std::string(start) + "\r\nHost: a\r\n\r\n") == 400);
  }
  CHECK(refused_with("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n") == 0);
  CHECK(refused_with("GET http://a/ HTTP/1.1\r\n\r\n") == 400);  // Host is still needed
}

TEST_CASE("methods that are never passed on") {
  CHECK(refused_with("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n") == 501);
  CHECK(refused_with("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n") == 501);
  CHECK(refused_with("trace / HTTP/1.1\r\nHost: a\r\n\r\n") == 501);
  CHECK(refused_with("delEte / HTTP/1.1\r\nHost: a\r\n\r\n") == 501);
  CHECK(refused_with(std::string(33, 'M') + " / HTTP/1.1\r\nHost: a\r\n\r\n") == 501);
  CHECK(refused_with("PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n") == 0);
}

TEST_CASE("HT-26: other versions and other protocols") {
  for (const auto* bytes :
       {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        "GET / HTTP/0.9\r\nHost: a\r\n\r\n", "GET / HTTP/11\r\nHost: a\r\n\r\n", "GET / http/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1x\r\nHost: a\r\n\r\n", "GET / HTTP/01.1\r\nHost: a\r\n\r\n", "GET / HTTP/1,1\r\nHost: a\r\n\r\n",
        "GET /\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\x02\x00\x01", "\x80\x2e\x01\x00\x02\n"}) {
    CAPTURE(bytes);
    CHECK(refused_with(bytes) == 400);
  }
}

TEST_CASE("HT-29: expectations") {
  RequestHead head;
  const auto usual = get_with("Expect: 100-Continue\r\nContent-Length: 1\r\n");
  REQUIRE(refused_with(usual, head) == 0);
  CHECK(head.expects_continue);
  CHECK(refused_with(get_with("Expect: 200-ok\r\n")) == 417);
  CHECK(refused_with(get_with("Expect: 100-continue, x\r\n")) == 417);
  CHECK(refused_with(get_with("Expect:\r\n")) == 417);
  const std::string old = "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n";
  REQUIRE(refused_with(old, head) == 0);
  CHECK_FALSE(head.expects_continue);
}

TEST_CASE("HT-31: too long and too many") {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  CHECK(refused_with(get_with(many)) == 431);
  CHECK(refused_with(get_with("X: " + std::string(1024 * 1024, 'y') + "\r\n")) == 431);
  CHECK(refused_with(get_with(std::string(64 * 1024, 'y') + ": y\r\n")) == 431);
  CHECK(refused_with("GET /" + std::string(8 * 1024, 'y') + " HTTP/1.1\r\nHost: a\r\n\r\n") == 414);
  CHECK(refused_with("GET /" + std::string(8 * 1024 - 1, 'y') + " HTTP/1.1\r\nHost: a\r\n\r\n") == 0);
}

TEST_CASE("HS-13: Connection") {
  RequestHead head;
  const auto usual = get_with("Connection: close, X-A\r\nConnection: , keep-alive,,X-B\r\n");
  REQUIRE(refused_with(usual, head) == 0);
  CHECK_FALSE(head.keep_alive);
  CHECK(head.nominated == std::vector<std::string_view>{"X-A", "X-B"});

  REQUIRE(refused_with(get_with("Connection:\r\n"), head) == 0);
  CHECK(head.keep_alive);
  CHECK(refused_with(get_with("Connection: a b\r\n")) == 400);
  CHECK(refused_with(get_with("Connection: \"close\"\r\n")) == 400);
  std::string tokens;
  for (int i = 0; i < 33; ++i) tokens += "a,";
  CHECK(refused_with(get_with("Connection: " + tokens + "\r\n")) == 400);
  CHECK(refused_with(get_with("Connection: " + std::string(10'000, ',') + "\r\n")) == 400);
}

TEST_CASE("connections stay open as the version says") {
  RequestHead head;
  const std::string old = "GET / HTTP/1.0\r\n\r\n";
  REQUIRE(refused_with(old, head) == 0);
  CHECK_FALSE(head.keep_alive);
  const std::string kept = "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n";
  REQUIRE(refused_with(kept, head) == 0);
  CHECK(head.keep_alive);
  const std::string both = "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n";
  REQUIRE(refused_with(both, head) == 0);
  CHECK_FALSE(head.keep_alive);
}

TEST_CASE("a wish to become a WebSocket is seen, others are not") {
  RequestHead head;
  const auto socket = get_with("Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n");
  REQUIRE(refused_with(socket, head) == 0);
  CHECK(head.upgrades == std::vector<std::string_view>{"WebSocket"});
  const auto h2c = get_with("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n");
  REQUIRE(refused_with(h2c, head) == 0);
  CHECK(head.upgrades == std::vector<std::string_view>{"h2c"});
  const auto alone = get_with("Upgrade: websocket\r\n");
  REQUIRE(refused_with(alone, head) == 0);
  CHECK(head.upgrades.empty());
}

TEST_CASE("what one request set does not stay for the next") {
  RequestHead head;
  const auto first =
      get_with("Expect: 100-continue\r\nContent-Length: 7\r\nConnection: upgrade, x\r\nUpgrade: websocket\r\n");
  REQUIRE(refused_with(first, head) == 0);
  const std::string second = "GET /2 HTTP/1.0\r\n\r\n";
  REQUIRE(refused_with(second, head) == 0);
  CHECK(head.framing == Framing::none);
  CHECK(head.host.empty());
  CHECK(head.nominated.empty());
  CHECK(head.fields.list.empty());
  CHECK_FALSE(head.expects_continue);
  CHECK(head.upgrades.empty());
}

TEST_CASE("I10: the outcome does not depend on how the bytes are cut") {
  for (const auto& bytes :
       {get_with("Content-Length: 5\r\n"), get_with("Transfer-Encoding: gzip\r\n"), std::string("GET / HTTP/1.1\n\n"),
        get_with("X: a\r\n b\r\n"), "GET /" + std::string(9000, 'y') + " HTTP/1.1\r\n\r\n"}) {
    RequestHead head;
    const int whole = refused_with(bytes, head);
    for (const std::size_t step : {1u, 2u, 7u}) {
      CAPTURE(step);
      CHECK(refused_with(bytes, head, step) == whole);
    }
  }
}

}  // namespace
}  // namespace gatehouse::proxy
