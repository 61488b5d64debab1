/* SPDX-License-Identifier: Apache-2.0 */
/* Logs more than anybody reads, with line ends in it. */
#include "sound.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  (void)request;
  (void)call;
  for (int i = 0; i < 5000; ++i) api->log(host, 77, text("line one\nline two\x1b[2J"));
  return GATEHOUSE_VERDICT_DENIED;
}

BAD_PLUGIN("floods-the-log", plugin.authenticate = authenticate;)
