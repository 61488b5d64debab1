/* SPDX-License-Identifier: Apache-2.0 */
/* Says more than a host takes. */
#include "sound.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  static char megabyte[1048576];
  memset(megabyte, 'g', sizeof megabyte);
  const gatehouse_str huge = {megabyte, sizeof megabyte};
  api->set_subject(host, call, request->user);
  for (int i = 0; i < 20001; ++i) {
    if (is(request->user, "groups")) api->add_group(host, call, text("g"));
    if (is(request->user, "attributes")) api->add_attribute(host, call, text("email"), text("v"));
    if (is(request->user, "bytes") && i < 5) api->add_group(host, call, huge);
  }
  if (is(request->user, "group-control")) api->add_group(host, call, text("admins\nroot"));
  if (is(request->user, "attribute-nul")) api->add_attribute(host, call, text("email"), (gatehouse_str){"a\0b", 3});
  if (is(request->user, "attribute-noname")) api->add_attribute(host, call, text(""), text("x"));
  if (is(request->user, "reason")) api->set_reason(host, call, 99);
  return GATEHOUSE_VERDICT_GRANTED;
}

BAD_PLUGIN("too-much", plugin.authenticate = authenticate;)
