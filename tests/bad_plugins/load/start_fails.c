/* SPDX-License-Identifier: Apache-2.0 */
/* start() fails and does not say why. */
#include "sound.h"

static int32_t start(void* instance) {
  (void)instance;
  return 0;
}

BAD_PLUGIN("start-fails", plugin.start = start;)
