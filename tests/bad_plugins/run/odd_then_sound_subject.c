/* SPDX-License-Identifier: Apache-2.0 */
/* Gives a subject that cannot be, and then one that can. */
#include "sound.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  api->set_subject(host, call, text("bob\r\nSet-Cookie: x"));
  api->set_subject(host, call, request->user);
  return GATEHOUSE_VERDICT_GRANTED;
}

BAD_PLUGIN("odd-then-sound-subject", plugin.authenticate = authenticate;)
