/* SPDX-License-Identifier: Apache-2.0 */
/* Calls config_error() while it serves. */
#include "sound.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  (void)request;
  (void)call;
  api->config_error(host, text("file"), text("is gone"));
  return GATEHOUSE_VERDICT_UNAVAILABLE;
}

BAD_PLUGIN("complains-at-run-time", plugin.authenticate = authenticate;)
