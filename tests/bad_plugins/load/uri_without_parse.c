/* SPDX-License-Identifier: Apache-2.0 */
/* Has the URI extension without its function. */
#include "sound.h"

static const void* extension(gatehouse_str id) {
  static const gatehouse_uri uri = {NULL};
  return is(id, GATEHOUSE_EXT_URI) ? &uri : NULL;
}

BAD_PLUGIN("uri-without-parse", plugin.get_extension = extension;)
