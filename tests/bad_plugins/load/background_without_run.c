/* SPDX-License-Identifier: Apache-2.0 */
/* Has the background extension without its function. */
#include "sound.h"

static const void* extension(gatehouse_str id) {
  static const gatehouse_background background = {NULL};
  return is(id, GATEHOUSE_EXT_BACKGROUND) ? &background : NULL;
}

BAD_PLUGIN("background-without-run", plugin.get_extension = extension;)
