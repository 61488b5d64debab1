/* SPDX-License-Identifier: Apache-2.0 */
/* Says in its detail what was wrong with the password, with the password. */
#include "modest.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  api->set_detail(host_of(instance), call, request->password);
  return GATEHOUSE_VERDICT_DENIED;
}

MODEST_PLUGIN("tells-secret", authenticate, NULL)
