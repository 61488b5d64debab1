// SPDX-License-Identifier: Apache-2.0
// Runs the checks that are written in C.
#include "c_api_test.h"

#include <doctest/doctest.h>

#include <span>
#include <string>

TEST_CASE("the C header, from C") {
  CHECK(c_api_check_count > 0);
  for (const auto& check : std::span(c_api_checks, c_api_check_count)) {
    const char* failed = check.run();
    CHECK_MESSAGE(failed == nullptr, std::string(check.name), ": ", std::string(failed == nullptr ? "" : failed));
  }
}
