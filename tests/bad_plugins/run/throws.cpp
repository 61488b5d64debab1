// SPDX-License-Identifier: Apache-2.0
// Throws out of authenticate(), after it named a subject.
#include <stdexcept>
#include "sound.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  api->set_subject(host, call, request->user);
  if (is(request->user, "number")) throw 7;
  throw std::runtime_error("a secret: hunter2");
}

BAD_PLUGIN("throws", plugin.authenticate = authenticate;)
