// SPDX-License-Identifier: Apache-2.0
#include "whoami.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

namespace gatehouse::proxy {
namespace {

constexpr std::string_view head =
    "GET /x?\"<script> HTTP/1.1\r\nHost: a\r\nCookie: secret=1\r\nauthorization: Basic c2VjcmV0\r\nX-A: \"\\\xe4\r\n"
    "X-B: <b>&amp;\r\nRemote-User: alice\r\nRemote-Groups: one,two\r\n\r\n";

TEST_CASE("programs get JSON, without what a script must not read") {
  const auto answer = whoami(head, {}, {"GET", {}});
  CHECK(answer.status == 200);
  CHECK(
      answer.body ==
      "{\"user\":\"alice\",\"groups\":[\"one\",\"two\"],\"method\":\"GET\",\"path\":\"/x?\\\"<script>\",\"headers\":["
      "[\"Host\",\"a\"],[\"Cookie\",\"(not shown)\"],[\"authorization\",\"(not shown)\"],[\"X-A\",\"\\\"\\\\\\u00e4\"],"
      "[\"X-B\",\"<b>&amp;\"],[\"Remote-User\",\"alice\"],[\"Remote-Groups\",\"one,two\"]]}\n");
}

TEST_CASE("people get a page in which nothing of the request is markup") {
  const std::array<http::Header, 1> headers = {{{"accept", "text/html,*/*"}}};
  const auto answer = whoami(head, {}, {"GET", headers});
  CHECK(answer.body.find("alice") != std::string::npos);
  CHECK(answer.body.find("<script>") == std::string::npos);
  CHECK(answer.body.find("<b>") == std::string::npos);
  CHECK(answer.body.find("secret") == std::string::npos);
  CHECK(answer.headers.front().second == "text/html; charset=utf-8");
}

TEST_CASE("who is told by other names is shown by them") {
  http::IdentityHeaders::Names names;
  names.user = "X-Who";
  CHECK(
      whoami("GET / HTTP/1.1\r\nX-Who: bob\r\n\r\n", names, {"GET", {}}).body.find("{\"user\":\"bob\",\"groups\":[]") ==
      0);
}

}  // namespace
}  // namespace gatehouse::proxy
