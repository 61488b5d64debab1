/* SPDX-License-Identifier: Apache-2.0 */
/* Grants to subjects that no host can use. */
#include "sound.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  static char long_name[65536];
  if (is(request->user, "newline")) api->set_subject(host, call, text("bob\nroot"));
  if (is(request->user, "nul")) api->set_subject(host, call, (gatehouse_str){"bob\0root", 8});
  if (is(request->user, "latin1")) api->set_subject(host, call, text("andr\xe9"));
  if (is(request->user, "delete")) api->set_subject(host, call, text("bob\x7f"));
  if (is(request->user, "empty")) api->set_subject(host, call, text(""));
  if (is(request->user, "null")) api->set_subject(host, call, (gatehouse_str){NULL, 5});
  memset(long_name, 'a', sizeof long_name);
  if (is(request->user, "64KiB")) api->set_subject(host, call, (gatehouse_str){long_name, sizeof long_name});
  if (is(request->user, "513")) api->set_subject(host, call, (gatehouse_str){long_name, 513});
  return GATEHOUSE_VERDICT_GRANTED;
}

BAD_PLUGIN("odd-subject", plugin.authenticate = authenticate;)
