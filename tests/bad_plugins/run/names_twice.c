/* SPDX-License-Identifier: Apache-2.0 */
/* Names two subjects: the last one counts. */
#include "sound.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  api->set_subject(host, call, text("first"));
  api->set_subject(host, call, request->user);
  return GATEHOUSE_VERDICT_GRANTED;
}

BAD_PLUGIN("names-twice", plugin.authenticate = authenticate;)
