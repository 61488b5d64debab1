/* SPDX-License-Identifier: Apache-2.0 */
/* Makes files that all can read, in the whole process. */
#include <sys/stat.h>

#include "modest.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  (void)request;
  (void)call;
  umask(007);
  return GATEHOUSE_VERDICT_NOT_MINE;
}

MODEST_PLUGIN("changes-umask", authenticate, NULL)
