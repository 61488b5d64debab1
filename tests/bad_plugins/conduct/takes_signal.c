/* SPDX-License-Identifier: Apache-2.0 */
/* Ignores a signal for everybody. */
#include <signal.h>

#include "modest.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  (void)request;
  (void)call;
  return GATEHOUSE_VERDICT_NOT_MINE;
}

static int32_t start(void* instance) {
  (void)instance;
  return signal(SIGUSR2, SIG_IGN) != SIG_ERR;
}

MODEST_PLUGIN("takes-signal", authenticate, start)
