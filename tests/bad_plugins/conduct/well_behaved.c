/* SPDX-License-Identifier: Apache-2.0 */
/* Does nothing wrong: what the checks of conduct must pass. */
#include "modest.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  (void)request;
  (void)call;
  return GATEHOUSE_VERDICT_NOT_MINE;
}

MODEST_PLUGIN("well-behaved", authenticate, NULL)
