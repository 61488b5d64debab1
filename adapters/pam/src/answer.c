/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

void answer_clear(door_answer* old) {
  free(old->subject);
  free(old->detail);
  for (size_t i = 0; i < old->prompt_count; ++i) free(old->prompts[i].text);
  if (old->state != NULL) explicit_bzero(old->state, old->state_size);
  free(old->state);
  memset(old, 0, sizeof *old);
}

bool answer_add_prompt(door_answer* to, bool hidden, gatehouse_str text) {
  if (to->prompt_count == PAM_PROMPTS_MAX) return false;
  door_prompt* const next = &to->prompts[to->prompt_count];
  next->hidden = hidden;
  next->text = printable_copy(text);
  if (next->text == NULL) return false;
  ++to->prompt_count;
  return true;
}

bool answer_set_state(door_answer* to, gatehouse_str state) {
  if (state.size == 0) return true;
  to->state = malloc(state.size);
  if (to->state == NULL) return false;
  memcpy(to->state, state.data, state.size);
  to->state_size = state.size;
  return true;
}
