/* SPDX-License-Identifier: Apache-2.0 */
/* create() fails and does not say why. */
#include "sound.h"

static void* create(gatehouse_host* h, const gatehouse_host_api* a, const gatehouse_option_value* values,
                    size_t count) {
  (void)h;
  (void)a;
  (void)values;
  (void)count;
  return NULL;
}

BAD_PLUGIN("create-returns-null", plugin.create = create;)
