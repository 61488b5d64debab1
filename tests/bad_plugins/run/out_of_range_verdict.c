/* SPDX-License-Identifier: Apache-2.0 */
/* Answers with numbers that are no verdicts. */
#include "sound.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  api->set_subject(host, call, request->user);
  return is(request->user, "six") ? 6u : 0xFFFFFFFFu;
}

BAD_PLUGIN("out-of-range-verdict", plugin.authenticate = authenticate;)
