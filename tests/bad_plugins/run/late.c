/* SPDX-License-Identifier: Apache-2.0 */
/* Speaks for calls that have ended and for calls that it made up, then grants without a subject of its own. */
#include <stdint.h>
#include "sound.h"

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
  (void)request;
  static gatehouse_call* ended;
  gatehouse_call* const made_up[] = {NULL, (gatehouse_call*)1, (gatehouse_call*)&ended, (gatehouse_call*)UINTPTR_MAX,
                                     ended};
  uint32_t answers = 0;
  for (size_t i = 0; i < sizeof made_up / sizeof made_up[0]; ++i) {
    gatehouse_challenge challenge = {sizeof challenge, GATEHOUSE_CHALLENGE_PROMPT, {NULL, 0}, NULL, 0, {NULL, 0}};
    api->set_subject(host, made_up[i], text("root"));
    api->add_group(host, made_up[i], text("admins"));
    api->set_detail(host, made_up[i], text("detail"));
    api->no_store(host, made_up[i]);
    answers += api->remaining_ms(host, made_up[i]);
    answers += (uint32_t)api->claim_subject(host, made_up[i], text("root"));
    answers += (uint32_t)api->add_challenge(host, made_up[i], &challenge);
  }
  ended = call;
  return answers == 0 ? GATEHOUSE_VERDICT_GRANTED : GATEHOUSE_VERDICT_NOT_MINE;
}

BAD_PLUGIN("late", plugin.authenticate = authenticate;)
