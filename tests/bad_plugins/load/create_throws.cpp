// SPDX-License-Identifier: Apache-2.0
// create() throws.
#include <stdexcept>
#include "sound.h"

static void* create(gatehouse_host*, const gatehouse_host_api*, const gatehouse_option_value*, size_t) {
  throw std::runtime_error("no");
}

BAD_PLUGIN("create-throws", plugin.create = create;)
