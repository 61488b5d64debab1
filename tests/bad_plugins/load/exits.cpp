// SPDX-License-Identifier: Apache-2.0
// Ends the process while the library is loaded.
#include <cstdlib>
#include "sound.h"

static int exit_at_once() {
  std::_Exit(0);
}
static const int kept = exit_at_once();

BAD_PLUGIN("exits", plugin.reserved = static_cast<uint32_t>(kept);)
