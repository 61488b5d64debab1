// SPDX-License-Identifier: Apache-2.0
// The headers of today lay memory out as those of 1.0 did. What was added stands behind what there was.
#include <doctest/doctest.h>

#include <string>

#include "layout.h"

TEST_CASE("every size, place and number of boundary 1.0 is what it was") {
  std::size_t compared = 0;
  for (std::size_t i = 0; gatehouse_layout_frozen[i].name != nullptr; ++i) {
    const std::string name = gatehouse_layout_frozen[i].name;
    CAPTURE(name);
    REQUIRE(gatehouse_layout_current[i].name != nullptr);
    CHECK(name == gatehouse_layout_current[i].name);
    CHECK(gatehouse_layout_current[i].number == gatehouse_layout_frozen[i].number);
    ++compared;
  }
  CHECK(compared > 120);
}
