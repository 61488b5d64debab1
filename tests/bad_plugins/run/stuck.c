/* SPDX-License-Identifier: Apache-2.0 */
/* Does not come back until a byte can be read from the descriptor `gate`, however long nobody waits any more; then it
 * grants. */
#include <unistd.h>
#include "sound.h"

static int gate;

static void* create(gatehouse_host* h, const gatehouse_host_api* a, const gatehouse_option_value* values,
                    size_t count) {
  gate = (int)values[0].number;
  return sound_create(h, a, values, count);
}

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  char byte;
  while (read(gate, &byte, 1) < 0) continue;
  return sound_authenticate(instance, request, call);
}

BAD_PLUGIN("stuck", static gatehouse_option option; option = sound_option("gate");
           option.type = GATEHOUSE_OPTION_INTEGER; plugin.options = &option; plugin.option_count = 1;
           plugin.create = create; plugin.authenticate = authenticate;)
