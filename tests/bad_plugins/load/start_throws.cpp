// SPDX-License-Identifier: Apache-2.0
// start() throws.
#include <stdexcept>
#include "sound.h"

static int32_t start(void*) {
  throw std::runtime_error("not today");
}

BAD_PLUGIN("start-throws", plugin.start = start;)
