// SPDX-License-Identifier: Apache-2.0
#include "chain/refusal_floor.hpp"

#include <doctest/doctest.h>

#include <chrono>

namespace {

using gatehouse::detail::RefusalFloor;
using std::chrono::microseconds;

TEST_CASE("without anything known there is no floor; what is calibrated is one") {
  const RefusalFloor floor;
  CHECK(floor.value(microseconds(0)) == microseconds(0));
  CHECK(floor.value(microseconds(700)) == microseconds(700));
}

TEST_CASE("the first checks count at once") {
  RefusalFloor floor;
  floor.observe(microseconds(100));
  CHECK(floor.value(microseconds(0)) == microseconds(100));
  floor.observe(microseconds(50));
  CHECK(floor.value(microseconds(0)) == microseconds(100));
  CHECK(floor.value(microseconds(900)) == microseconds(900));
}

TEST_CASE("a high percentile: most are below it, single outliers do not move it") {
  RefusalFloor floor;
  for (int i = 0; i < 1000; ++i) floor.observe(microseconds(i % 250 == 0 ? 1'000'000 : 1000 + i % 100));
  CHECK(floor.value(microseconds(0)) >= microseconds(1080));
  CHECK(floor.value(microseconds(0)) <= microseconds(1100));
}

TEST_CASE("it follows a backend that becomes faster") {
  RefusalFloor floor;
  for (int i = 0; i < 200; ++i) floor.observe(microseconds(10'000));
  for (int i = 0; i < 600; ++i) floor.observe(microseconds(100));
  CHECK(floor.value(microseconds(0)) == microseconds(100));
}

TEST_CASE("nobody is held for ever") {
  RefusalFloor floor;
  floor.observe(std::chrono::hours(1));
  CHECK(floor.value(microseconds(0)) == RefusalFloor::ceiling);
  CHECK(floor.value(std::chrono::hours(1)) == RefusalFloor::ceiling);
}

}  // namespace
