/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to an instance is the whole library's: the end of one is the end of all. */
#include "modest.h"

static int alive;

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  (void)request;
  (void)call;
  return alive ? GATEHOUSE_VERDICT_NOT_MINE : GATEHOUSE_VERDICT_UNAVAILABLE;
}

static int32_t start(void* instance) {
  (void)instance;
  return alive = 1;
}

static void stop(void* instance) {
  (void)instance;
  alive = 0;
}

BAD_PLUGIN("shares-instances", plugin.authenticate = authenticate; plugin.create = modest_create; plugin.destroy = free;
           plugin.start = start; plugin.stop = stop; plugin.summary = text("For tests");)
