/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_PAM_ANSWER_H
#define GATEHOUSE_PAM_ANSWER_H
/* One question and its answer, the same for the engine in this process and behind a socket. */
#include <gatehouse/gatehouse.h>
#include <stdbool.h>

#define PAM_PROMPTS_MAX 16

typedef struct door_question {
  gatehouse_str user;
  gatehouse_str password; /* or, if `is_response`: */
  bool is_response;
  gatehouse_str state;
  gatehouse_str responses[PAM_PROMPTS_MAX];
  size_t response_count;
  const char* address; /* of the caller; "": not known */
  const char* id;      /* by which the system log names this process: "sshd[123]" */
} door_question;

typedef struct door_prompt {
  bool hidden;
  char* text;
} door_prompt;

/* Zeroed, it refuses. Owns what it points to. */
typedef struct door_answer {
  gatehouse_code code;
  gatehouse_reason reason;
  int64_t expiry_ms; /* 0: the identity has no end of its own */
  char* subject;     /* of a refusal: the account that a backend recognised; "": what was typed is not to be logged */
  char* detail;      /* for the log */
  /* What a challenge asks the person. */
  door_prompt prompts[PAM_PROMPTS_MAX];
  size_t prompt_count;
  char* state;
  size_t state_size;
} door_answer;

void answer_clear(door_answer* old);
/* Both return false if memory ran out, or there are too many. */
bool answer_add_prompt(door_answer* to, bool hidden, gatehouse_str text);
bool answer_set_state(door_answer* to, gatehouse_str state);

#endif
