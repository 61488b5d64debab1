// SPDX-License-Identifier: Apache-2.0
#include "admin_query.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace gatehouse::cli;

TEST_CASE("queries that are no list of pairs") {
  for (const char* text : {"a", "a=1&", "a=1&b", "&", "a=%", "a=%4", "a=%4x", "a=%x4", "a=%+4", "%zz=1"}) {
    CAPTURE(text);
    // A list may end with its separator; nothing else may be empty.
    CHECK(read_query(text).has_value() == (std::string(text) == "a=1&"));
  }
  std::string many = "a=1";
  for (int i = 0; i < 16; ++i) many += "&a=1";
  CHECK_FALSE(read_query(many));
}

TEST_CASE("queries") {
  CHECK(read_query("")->empty());
  const auto read = read_query("user=a%20b%26%3D&x=");
  REQUIRE(read);
  REQUIRE(read->size() == 2);
  CHECK((*read)[0] == std::pair<std::string, std::string>("user", "a b&="));
  CHECK((*read)[1].second.empty());
}

TEST_CASE("what is escaped comes back") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  const auto read = read_query(query_escape(all) + "=" + query_escape(all));
  REQUIRE(read);
  CHECK((*read)[0] == std::pair(all, all));
}
