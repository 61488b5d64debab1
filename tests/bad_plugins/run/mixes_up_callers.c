/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the running call in a variable that all callers share. "victim" says through `ready` that it is there and
 * waits at `gate`; everybody else speaks for the call of the victim. */
#include <unistd.h>
#include "sound.h"

static int gate;
static int ready;
static gatehouse_call* shared;

static void* create(gatehouse_host* h, const gatehouse_host_api* a, const gatehouse_option_value* values,
                    size_t count) {
  gate = (int)values[0].number;
  ready = (int)values[1].number;
  return sound_create(h, a, values, count);
}

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  char byte = 'v';
  (void)instance;
  if (is(request->user, "victim")) {
    shared = call;
    if (write(ready, &byte, 1) != 1 || read(gate, &byte, 1) != 1) return GATEHOUSE_VERDICT_DENIED;
    api->set_subject(host, call, request->user);
  } else {
    api->set_subject(host, shared, text("root"));
    api->add_group(host, shared, text("admins"));
  }
  return GATEHOUSE_VERDICT_GRANTED;
}

BAD_PLUGIN("mixes-up-callers", static gatehouse_option options[2]; options[0] = sound_option("gate");
           options[1] = sound_option("ready"); options[0].type = options[1].type = GATEHOUSE_OPTION_INTEGER;
           plugin.options = options; plugin.option_count = 2; plugin.create = create;
           plugin.authenticate = authenticate;)
