/* SPDX-License-Identifier: Apache-2.0 */
/* Opens its file at every start and closes it never. */
#include <fcntl.h>

#include "modest.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  (void)request;
  (void)call;
  return GATEHOUSE_VERDICT_NOT_MINE;
}

static int32_t start(void* instance) {
  (void)instance;
  return open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0;
}

MODEST_PLUGIN("leaks-descriptor", authenticate, start)
