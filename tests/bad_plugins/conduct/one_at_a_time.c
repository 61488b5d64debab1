/* SPDX-License-Identifier: Apache-2.0 */
/* Holds for one caller at a time: who comes meanwhile is let in. */
#include <stdatomic.h>
#include <unistd.h>

#include "modest.h"

static atomic_int inside;

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  const int others = atomic_fetch_add(&inside, 1);
  usleep(2000);
  atomic_fetch_sub(&inside, 1);
  if (others == 0) return GATEHOUSE_VERDICT_NOT_MINE;
  api->set_subject(host_of(instance), call, request->user);
  return GATEHOUSE_VERDICT_GRANTED;
}

MODEST_PLUGIN("one-at-a-time", authenticate, NULL)
