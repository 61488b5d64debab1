/* SPDX-License-Identifier: Apache-2.0 */
/* Asks for a challenge and gives none. */
#include "sound.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  api->set_subject(host, call, request->user);
  return GATEHOUSE_VERDICT_CHALLENGE;
}

BAD_PLUGIN("challenges-with-nothing", plugin.authenticate = authenticate;)
