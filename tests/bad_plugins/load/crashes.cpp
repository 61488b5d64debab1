// SPDX-License-Identifier: Apache-2.0
// Is ended by a signal while the library is loaded.
#include <csignal>

#include "sound.h"

static int crash() {
  static_cast<void>(std::raise(SIGSEGV));
  return 0;
}
static const int kept = crash();

BAD_PLUGIN("crashes", plugin.reserved = static_cast<uint32_t>(kept);)
