/* SPDX-License-Identifier: Apache-2.0 */
/* Gives challenges that break a limit, and grants. */
#include "sound.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  static char state[GATEHOUSE_CHALLENGE_STATE_MAX + 1];
  gatehouse_challenge challenge = {sizeof challenge, GATEHOUSE_CHALLENGE_PROMPT, {NULL, 0}, NULL, 0, {NULL, 0}};
  int taken = 0;
  if (is(request->user, "state")) challenge.state = (gatehouse_str){state, sizeof state};
  if (is(request->user, "size")) challenge.struct_size = 4;
  if (is(request->user, "kind")) challenge.kind = 9;
  if (is(request->user, "parameters")) challenge.parameter_count = 3;
  if (is(request->user, "many")) {
    for (int i = 0; i < 16; ++i) taken += api->add_challenge(host, call, &challenge);
  }
  taken += api->add_challenge(host, call, is(request->user, "null") ? NULL : &challenge);
  api->set_subject(host, call, request->user);
  return taken % 16 == 0 ? GATEHOUSE_VERDICT_GRANTED : GATEHOUSE_VERDICT_NOT_MINE;
}

BAD_PLUGIN("odd-challenge", plugin.authenticate = authenticate;)
