// SPDX-License-Identifier: Apache-2.0
// A static object throws while the library is loaded.
#include <stdexcept>
#include "sound.h"

static int thrown() {
  throw std::runtime_error("no");
}
static const int kept = thrown();

BAD_PLUGIN("static-initialiser-throws", plugin.reserved = static_cast<uint32_t>(kept);)
