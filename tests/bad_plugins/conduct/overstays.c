/* SPDX-License-Identifier: Apache-2.0 */
/* Waits for its server as long as it likes. */
#include <unistd.h>

#include "modest.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)request;
  if (api->remaining_ms(host_of(instance), call) == 0) sleep(4);
  return GATEHOUSE_VERDICT_NOT_MINE;
}

MODEST_PLUGIN("overstays", authenticate, NULL)
