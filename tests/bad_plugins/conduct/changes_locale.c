/* SPDX-License-Identifier: Apache-2.0 */
/* Wants numbers with a comma. */
#include <locale.h>

#include "modest.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  (void)request;
  (void)call;
  return GATEHOUSE_VERDICT_NOT_MINE;
}

static int32_t start(void* instance) {
  (void)instance;
  return setlocale(LC_ALL, "C.UTF-8") != NULL;
}

MODEST_PLUGIN("changes-locale", authenticate, start)
