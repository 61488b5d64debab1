/* SPDX-License-Identifier: Apache-2.0 */
/* Grants without a subject. */
#include "sound.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  (void)request;
  (void)call;
  return GATEHOUSE_VERDICT_GRANTED;
}

BAD_PLUGIN("grants-nobody", plugin.authenticate = authenticate;)
