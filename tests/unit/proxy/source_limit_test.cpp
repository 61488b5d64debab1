// SPDX-License-Identifier: Apache-2.0
#include "source_limit.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

namespace gatehouse::proxy {
namespace {

TEST_CASE("a source has its places, and gets them back") {
  SourceLimit limit;
  CHECK(limit.enter("192.0.2.7", 2));
  CHECK(limit.enter("192.0.2.7", 2));
  CHECK_FALSE(limit.enter("192.0.2.7", 2));
  CHECK(limit.enter("192.0.2.8", 2));
  limit.leave("192.0.2.7");
  CHECK(limit.enter("192.0.2.7", 2));
  CHECK_FALSE(limit.enter("192.0.2.9", 0));
}

TEST_CASE("an IPv6 source is its /64") {
  SourceLimit limit;
  CHECK(limit.enter("2001:db8::1", 1));
  CHECK_FALSE(limit.enter("2001:db8::2", 1));
  CHECK(limit.enter("2001:db8:0:1::1", 1));
  limit.leave("2001:db8::ffff");
  CHECK(limit.enter("2001:db8::3", 1));
}

TEST_CASE("an IPv6 /48 has eight times as many places") {
  SourceLimit limit;
  for (int i = 0; i < 8; ++i) CHECK(limit.enter("2001:db8:0:" + std::to_string(i) + "::1", 1));
  CHECK_FALSE(limit.enter("2001:db8:0:8::1", 1));
  CHECK(limit.enter("2001:db8:1::1", 1));
  limit.leave("2001:db8:0:3::1");
  CHECK(limit.enter("2001:db8:0:8::1", 1));
  CHECK_FALSE(limit.enter("2001:db8:0:3::1", 1));
}

TEST_CASE("from many threads the count is right") {
  SourceLimit limit;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&limit] {
      for (int i = 0; i < 2000; ++i) {
        if (limit.enter("192.0.2.7", 3)) limit.leave("192.0.2.7");
      }
    });
  }
  threads.clear();
  for (int i = 0; i < 3; ++i) CHECK(limit.enter("192.0.2.7", 3));
  CHECK_FALSE(limit.enter("192.0.2.7", 3));
}

}  // namespace
}  // namespace gatehouse::proxy
