/* SPDX-License-Identifier: Apache-2.0 */
/* start() returns a number that is not 1. */
#include "sound.h"

static int32_t start(void* instance) {
  (void)instance;
  return 2;
}

BAD_PLUGIN("start-lies", plugin.start = start;)
