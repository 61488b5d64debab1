// SPDX-License-Identifier: Apache-2.0
// create() throws what is no std::exception.
#include "sound.h"

static void* create(gatehouse_host*, const gatehouse_host_api*, const gatehouse_option_value*, size_t) {
  throw 7;
}

BAD_PLUGIN("create-throws-a-number", plugin.create = create;)
