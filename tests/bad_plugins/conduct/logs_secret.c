/* SPDX-License-Identifier: Apache-2.0 */
/* Helps with the search for a fault by logging what came. */
#include "modest.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)call;
  api->log(host_of(instance), GATEHOUSE_LOG_DEBUG, request->password);
  return GATEHOUSE_VERDICT_NOT_MINE;
}

MODEST_PLUGIN("logs-secret", authenticate, NULL)
