/* SPDX-License-Identifier: Apache-2.0 */
/* create() says what is wrong and fails. */
#include "sound.h"

static void* create(gatehouse_host* h, const gatehouse_host_api* a, const gatehouse_option_value* values,
                    size_t count) {
  (void)values;
  (void)count;
  a->config_error(h, text("file"), text("is on\nthe moon\x1b[31m"));
  return NULL;
}

BAD_PLUGIN("create-complains", plugin.create = create;)
