/* SPDX-License-Identifier: Apache-2.0 */
/* create() says what is wrong and gives an instance all the same. */
#include "sound.h"

static void* create(gatehouse_host* h, const gatehouse_host_api* a, const gatehouse_option_value* values,
                    size_t count) {
  a->config_error(h, text(""), text("this will not do"));
  return sound_create(h, a, values, count);
}

BAD_PLUGIN("create-complains-and-goes-on", plugin.create = create;)
