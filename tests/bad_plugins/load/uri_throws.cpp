// SPDX-License-Identifier: Apache-2.0
// Reads URIs itself, and throws what is no std::exception while it does.
#include "sound.h"

static int32_t parse(gatehouse_str, void*, void (*)(void*, gatehouse_str, gatehouse_str),
                     void (*)(void*, gatehouse_str)) {
  throw 7;
}

static const void* extension(gatehouse_str id) {
  static const gatehouse_uri uri = {&parse};
  return is(id, GATEHOUSE_EXT_URI) ? &uri : nullptr;
}

BAD_PLUGIN("uri-throws", plugin.get_extension = extension;)
