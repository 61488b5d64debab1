// SPDX-License-Identifier: Apache-2.0
#include "forward_head.hpp"

#include <doctest/doctest.h>

#include <string>

#include "heads.hpp"

namespace gatehouse::proxy {
namespace {

const http::IdentityHeaders identity;
const HeaderRules rules(identity);

RequestContext usual() {
  RequestContext context{.rules = rules,
                         .upstream_host = {},
                         .upstream_authority = "up:5000",
                         .trail = "192.0.2.7",
                         .scheme = "http",
                         .host = {},
                         .upgrade = {},
                         .identity = "Remote-User: alice\r\n",
                         .keep_authorization = false,
                         .strip_origin = false};
  return context;
}

std::string passed_on(const std::string& bytes, const RequestContext& context) {
  RequestHead head;
  REQUIRE(test::refused_with(bytes, head) == 0);
  std::string out = "left over";
  auto whole = context;
  if (whole.host.empty()) whole.host = head.host;
  write_request_head(out, head, whole);
  return out;
}

TEST_CASE("the whole head of an ordinary request") {
  CHECK(passed_on("GET /a/../b?c HTTP/1.1\r\nHost: pub:81\r\nAccept:  */*  \r\nAuthorization: Basic x\r\n\r\n",
                  usual()) ==
        "GET /a/../b?c HTTP/1.1\r\n"
        "Host: pub:81\r\n"
        "Accept: */*\r\n"
        "X-Forwarded-For: 192.0.2.7\r\n"
        "X-Forwarded-Proto: http\r\n"
        "X-Forwarded-Host: pub:81\r\n"
        "Forwarded: for=192.0.2.7;host=\"pub:81\";proto=http\r\n"
        "Remote-User: alice\r\n\r\n");
}

TEST_CASE("a caller cannot say who it is or where it comes from, nor take a field away") {
  const auto out = passed_on(
      "POST / HTTP/1.1\r\nHost: a\r\nRemote-User: root\r\nREMOTE_USER: root\r\nX-Forwarded-For: 10.0.0.1\r\n"
      "Forwarded: for=10.0.0.1\r\nX-Forwarded-Host: evil\r\nConnection: Remote-User, X-Forwarded-For, Cookie, "
      "X-Drop\r\n"
      "Connection: Content-Length, Host\r\nX-Drop: 1\r\nCookie: c\r\nContent-Length: 3\r\nTE: trailers\r\n\r\n",
      usual());
  CHECK(out ==
        "POST / HTTP/1.1\r\nHost: a\r\nCookie: c\r\nContent-Length: 3\r\nX-Forwarded-For: 192.0.2.7\r\n"
        "X-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\n"
        "Forwarded: for=192.0.2.7;host=a;proto=http\r\nRemote-User: alice\r\n\r\n");
}

TEST_CASE("what the operator may change") {
  const std::string bytes = "GET / HTTP/1.1\r\nHost: pub\r\nAuthorization: Basic x\r\nOrigin: http://pub\r\n\r\n";
  auto context = usual();
  context.keep_authorization = true;
  CHECK(passed_on(bytes, context).find("Authorization: Basic x\r\n") != std::string::npos);
  CHECK(passed_on(bytes, usual()).find("Authorization") == std::string::npos);
  CHECK(passed_on(bytes, usual()).find("Origin: http://pub\r\n") != std::string::npos);
  auto other = usual();
  other.strip_origin = true;
  other.upstream_host = "inside";
  const auto out = passed_on(bytes, other);
  CHECK(out.find("Origin") == std::string::npos);
  CHECK(out.find("\r\nHost: inside\r\n") != std::string::npos);
  CHECK(out.find("\r\nX-Forwarded-Host: pub\r\n") != std::string::npos);
}

TEST_CASE("framing is ours") {
  const auto out = passed_on(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\nExpect: 100-continue\r\n\r\n",
      usual());
  CHECK(out.find("\r\nTransfer-Encoding: chunked\r\n") != std::string::npos);
  CHECK(out.find("Trailer") == std::string::npos);
  CHECK(out.find("Expect") == std::string::npos);
}

TEST_CASE("HTTP/1.0 without Host, and absolute-form") {
  const auto old = passed_on("GET / HTTP/1.0\r\n\r\n", usual());
  CHECK(old.find("GET / HTTP/1.1\r\nHost: up:5000\r\n") == 0);
  CHECK(old.find("X-Forwarded-Host") == std::string::npos);
  const auto absolute = passed_on("GET http://real/p HTTP/1.1\r\nHost: other\r\n\r\n", usual());
  CHECK(absolute.find("GET /p HTTP/1.1\r\nHost: real\r\n") == 0);
  CHECK(absolute.find("other") == std::string::npos);
}

TEST_CASE("Forwarded says the same as the others") {
  const auto forwarded = [](std::string_view trail, std::string_view scheme, std::string_view host) {
    auto context = usual();
    context.trail = trail;
    context.scheme = scheme;
    context.host = host;
    const auto out = passed_on("GET / HTTP/1.1\r\nHost: a\r\n\r\n", context);
    const auto begin = out.find("\r\nForwarded: ") + 13;
    return out.substr(begin, out.find("\r\n", begin) - begin);
  };
  CHECK(forwarded("192.0.2.7, 10.0.0.1, ::1", "https", "pub.example") ==
        "for=192.0.2.7;host=pub.example;proto=https, for=10.0.0.1, for=\"[::1]\"");
  CHECK(forwarded("::1", "http", "[::1]:80") == "for=\"[::1]\";host=\"[::1]:80\";proto=http");
  CHECK(forwarded("", "http", "a") == "host=a;proto=http");
}

TEST_CASE("a change of protocol is asked for and told only where it is meant") {
  auto context = usual();
  const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket, h2c\r\n\r\n";
  CHECK(passed_on(bytes, context).find("pgrade") == std::string::npos);
  context.upgrade = "websocket";
  const auto out = passed_on(bytes, context);
  CHECK(out.find("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n") != std::string::npos);
  CHECK(out.find("h2c") == std::string::npos);
}

TEST_CASE("a unix socket has no address to tell") {
  auto context = usual();
  context.trail = {};
  CHECK(passed_on("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n", context).find("X-Forwarded-For") ==
        std::string::npos);
}

std::string passed_back(const std::string& bytes, const ResponseContext& context, std::string_view method = "GET") {
  ResponseHead head;
  REQUIRE(admit(bytes, method, head));
  std::string out = "left over";
  write_response_head(out, head, context);
  return out;
}

TEST_CASE("an upstream's connection is not the caller's") {
  CHECK(passed_back("HTTP/1.1 200 Fine\r\nContent-Length: 5\r\nConnection: close, X-Own\r\nKeep-Alive: timeout=5\r\n"
                    "X-Own: 1\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nUpgrade: h2c\r\nTrailer: X\r\n\r\n",
                    {.chunked = false, .keep_alive = true, .minor = 1}) ==
        "HTTP/1.1 200 Fine\r\nContent-Length: 5\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n");
  CHECK(passed_back("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                    {.chunked = true, .keep_alive = false, .minor = 1}) ==
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
  CHECK(passed_back("HTTP/1.0 404 Not Found\r\nContent-Length: 1\r\n\r\n",
                    {.chunked = false, .keep_alive = true, .minor = 0}) ==
        "HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n");
}

TEST_CASE("responses without a body") {
  CHECK(passed_back("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
                    {.chunked = false, .keep_alive = true, .minor = 1}) == "HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(passed_back("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nETag: x\r\n\r\n",
                    {.chunked = false, .keep_alive = true, .minor = 1}) ==
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nETag: x\r\n\r\n");
  CHECK(passed_back("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: close\r\n\r\n", {}) ==
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
}

TEST_CASE("answers of our own") {
  std::string out;
  write_answer_head(out, http::answer_fault(502, "Broken.", {"GET", {}}), false, 1);
  CHECK(out.starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
  CHECK(out.ends_with("\r\nConnection: close\r\n\r\n"));
}

}  // namespace
}  // namespace gatehouse::proxy
