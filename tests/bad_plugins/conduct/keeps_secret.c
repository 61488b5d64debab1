/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps what the caller sent, to compare the next one with it. */
#include "modest.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  static char last[5000];
  (void)instance;
  (void)call;
  if (request->password.size > 0 && request->password.size < sizeof last)
    memcpy(last, request->password.data, request->password.size);
  return GATEHOUSE_VERDICT_NOT_MINE;
}

MODEST_PLUGIN("keeps-secret", authenticate, NULL)
