/* SPDX-License-Identifier: Apache-2.0 */
/* Grants an identity that has ended. */
#include <stdint.h>
#include "sound.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  api->set_subject(host, call, request->user);
  api->set_expiry(host, call, is(request->user, "now") ? api->wall_ms(host) : INT64_MIN);
  return GATEHOUSE_VERDICT_GRANTED;
}

BAD_PLUGIN("expired", plugin.authenticate = authenticate;)
