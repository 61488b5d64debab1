/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_SOCKET_WIRE_H
#define GATEHOUSE_SOCKET_WIRE_H
/*
 * What pam_gatehouse.so and `gatehouse serve` say to each other on the auth socket. One connection carries one question
 * and one answer. Numbers are big-endian; a text is a 16-bit length and that many bytes.
 *
 *   frame     u32 size of what follows, 1 to WIRE_BODY_MAX
 *             u8  WIRE_VERSION; a reader refuses every other
 *   question  u8  credential: 1 password, 4 response
 *             texts: realm, user, password, state, address
 *             u8  count of responses, then as many texts
 *   answer    u8  decision, u8 reason
 *             u32 seconds to wait, 0 = not known;  i64 expiry in milliseconds since 1970, 0 = none
 *             texts: subject (of a refusal: whom a backend recognised, for root's log), state
 *             u8  count of prompts, then as many: u8 1 = hidden, 0 = shown; text
 *
 * Nothing may follow. Who reads a question does not believe it: see who may ask in docs/pam.md.
 */
#include <gatehouse/types.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WIRE_VERSION 1u
#define WIRE_HEAD 4u
/* The largest question: a password or a state of 4 KiB, 16 responses of 4 KiB, and names. */
#define WIRE_BODY_MAX 81920u
#define WIRE_LIST_MAX 16u

typedef struct wire_question {
  uint32_t credential; /* a GATEHOUSE_CREDENTIAL_ value */
  gatehouse_str realm;
  gatehouse_str user;
  gatehouse_str password;
  gatehouse_str state;
  gatehouse_str address;
  gatehouse_str responses[WIRE_LIST_MAX];
  size_t response_count;
} wire_question;

typedef struct wire_prompt {
  bool hidden;
  gatehouse_str text;
} wire_prompt;

typedef struct wire_answer {
  uint32_t code;
  uint32_t reason;
  uint32_t retry_after;
  int64_t expiry_ms;
  gatehouse_str subject;
  gatehouse_str state;
  wire_prompt prompts[WIRE_LIST_MAX];
  size_t prompt_count;
} wire_answer;

/* A whole frame. Returns its size, or 0 if it does not fit `room` or breaks a limit. */
size_t wire_write_question(const wire_question* question, unsigned char* into, size_t room);
size_t wire_write_answer(const wire_answer* answer, unsigned char* into, size_t room);

/* The size of the body behind the WIRE_HEAD bytes, or 0 if it breaks the limit. */
size_t wire_body_size(const unsigned char* head);
/* Reads a body. What is read points into it. False unless it is whole, and nothing follows. */
bool wire_read_question(const unsigned char* body, size_t size, wire_question* into);
bool wire_read_answer(const unsigned char* body, size_t size, wire_answer* into);

#ifdef __cplusplus
}
#endif
#endif
