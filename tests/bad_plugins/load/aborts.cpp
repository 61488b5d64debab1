// SPDX-License-Identifier: Apache-2.0
// Aborts while the library is loaded.
#include <cstdlib>
#include "sound.h"

static int abort_at_once() {
  std::abort();
}
static const int kept = abort_at_once();

BAD_PLUGIN("aborts", plugin.reserved = static_cast<uint32_t>(kept);)
