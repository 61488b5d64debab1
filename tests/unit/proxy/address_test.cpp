// SPDX-License-Identifier: Apache-2.0
#include "address.hpp"

#include <doctest/doctest.h>

#include <string>

namespace gatehouse::proxy {
namespace {

TEST_CASE("listen addresses that cannot be meant") {
  for (const auto& text : {std::string(""),
                           std::string("8080"),
                           std::string(":8080"),
                           std::string("a"),
                           std::string("a:"),
                           std::string("a:x"),
                           std::string("a:65536"),
                           std::string("::1:80"),
                           std::string("[::1]"),
                           std::string("unix:"),
                           std::string("unix:relative"),
                           "unix:/" + std::string(120, 'a'),
                           std::string("http://a:80"),
                           std::string("a:80/"),
                           std::string("*:80"),
                           std::string("fd:"),
                           std::string("fd:2"),
                           std::string("fd:-3"),
                           std::string("fd:3x"),
                           std::string("fd:99999999999")}) {
    CAPTURE(text);
    REQUIRE_FALSE(read_listen(text));
    CHECK(read_listen(text).error().message.starts_with("listen \""));
  }
}

TEST_CASE("listen addresses are written as they are read") {
  for (const auto* text : {"127.0.0.1:8080", "[::1]:0", "localhost:65535", "unix:/run/gatehouse.sock", "fd:3"}) {
    CAPTURE(text);
    const auto address = read_listen(text);
    REQUIRE(address);
    CHECK(address->text() == text);
  }
}

TEST_CASE("upstreams that are refused say why") {
  const auto why = [](std::string_view text) {
    const auto upstream = read_upstream(text);
    return upstream ? std::string("taken") : upstream.error().message;
  };
  CHECK(why("https://a/path").find("path") != std::string::npos);
  CHECK(why("https:/a").find("https://HOST:PORT") != std::string::npos);
  CHECK(why("http://a/path").find("path") != std::string::npos);
  CHECK(why("http://a//").find("path") != std::string::npos);
  CHECK(why("http://a?x").find("path") != std::string::npos);
  for (const auto* text :
       {"http://user:pw@a/", "https://user:pw@a", "HTTPS://user:pw@a/", "ftp://user:pw@a", "u:pw@a"}) {
    CAPTURE(text);
    CHECK(why(text).find("user and password") != std::string::npos);
    CHECK(why(text).find("pw") == std::string::npos);
  }
  for (const auto* text : {"", "a:80", "ftp://a", "http://", "http:///", "http://a:0", "http://a:70000", "http://[::1",
                           "whoami", "unix:a"}) {
    CAPTURE(text);
    CHECK(why(text).find("upstream \"") == 0);
  }
}

TEST_CASE("upstreams") {
  CHECK(read_upstream("whoami:")->whoami);
  CHECK(read_upstream("http://a")->address.authority() == "a:80");
  CHECK(read_upstream("HTTP://a:5000/")->address.authority() == "a:5000");
  CHECK(read_upstream("http://[::1]:5000")->address.authority() == "[::1]:5000");
  CHECK(read_upstream("http://[::1]:5000")->address.host == "::1");
  CHECK(read_upstream("unix:/run/app.sock")->address.path == "/run/app.sock");
}

TEST_CASE("an upstream with TLS") {
  for (const auto* text : {"https://a", "HTTPS://a/", "https://a:443"}) {
    const auto upstream = read_upstream(text);
    REQUIRE(upstream);
    CHECK(upstream->tls);
    CHECK(upstream->address.port == 443);
  }
  CHECK_FALSE(read_upstream("http://a")->tls);
  CHECK(read_upstream("http://a")->address.port == 80);
}

}  // namespace
}  // namespace gatehouse::proxy
