/* SPDX-License-Identifier: Apache-2.0 */
/* Gives times at the ends of the scale. */
#include <stdint.h>
#include "sound.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  api->set_subject(host, call, request->user);
  api->set_expiry(host, call, INT64_MAX);
  api->cache_until(host, call, is(request->user, "never") ? INT64_MIN : INT64_MAX);
  return GATEHOUSE_VERDICT_GRANTED;
}

BAD_PLUGIN("odd-times", plugin.authenticate = authenticate;)
