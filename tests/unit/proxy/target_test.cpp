// SPDX-License-Identifier: Apache-2.0
#include "target.hpp"

#include <doctest/doctest.h>

#include <string>

namespace gatehouse::proxy {
namespace {

TEST_CASE("targets with bytes that no URI has are refused") {
  for (const auto* target : {"/a#b", "/?a#b", "/a b", "/a\"b", "/<", "/>", "/a\\b", "/`", "/{a}", "/\x7f", "/\xc3\xa4",
                             "/?\"", "/?<x>", "", "a", "?a"}) {
    CAPTURE(target);
    CHECK_FALSE(read_target(target, "GET"));
  }
  CHECK_FALSE(read_target(std::string_view("/a\0b", 4), "GET"));
}

TEST_CASE("a path is kept byte for byte") {
  for (const auto* path : {"/", "//a", "/a/../b", "/%2e%2e/%2F", "/%zz", "/%0d%0aHost:x", "/a;b=c,d", "/a|b^c[]", "/?",
                           "/?a={b}&c=\\|`", "/?a=%20?/?"}) {
    CAPTURE(path);
    const auto target = read_target(path, "GET");
    REQUIRE(target);
    CHECK(target->path == path);
    CHECK(target->authority.empty());
  }
}

TEST_CASE("absolute-form") {
  CHECK(read_target("HTTP://a:80/b", "GET")->authority == "a:80");
  CHECK(read_target("http://[::1]/", "GET")->authority == "[::1]");
  CHECK(read_target("http://a", "GET")->path == "/");
  CHECK(read_target("http://a", "OPTIONS")->path == "*");
  for (const auto* target : {"http://", "http:///", "http://u@a/", "http://u:p@a/", "http://a?b", "http://a/b#c",
                             "https://a/", "http:/a", "http://a b/"}) {
    CAPTURE(target);
    CHECK_FALSE(read_target(target, "GET"));
  }
}

TEST_CASE("authorities") {
  CHECK_FALSE(is_authority(""));
  CHECK_FALSE(is_authority(std::string(256, 'a')));
  CHECK(is_authority(std::string(255, 'a')));
  CHECK(is_authority("a:0"));
  CHECK_FALSE(is_authority("a:65536"));
  CHECK_FALSE(is_authority("a:000080"));
  CHECK_FALSE(is_authority("[]"));
  CHECK_FALSE(is_authority("[:::]"));
  CHECK_FALSE(is_authority("::1"));
}

TEST_CASE("absolute-form is of the scheme that the caller came by") {
  CHECK(read_target("https://a/b", "GET", "https")->authority == "a");
  CHECK(read_target("HTTPS://a", "GET", "https")->path == "/");
  for (const auto* target : {"http://a/", "httpss://a/", "https:/a", "https://", "ftp://a/"}) {
    CAPTURE(target);
    CHECK_FALSE(read_target(target, "GET", "https"));
  }
}

}  // namespace
}  // namespace gatehouse::proxy
