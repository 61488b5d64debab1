/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include <string.h>

/* What is left to read or to fill. */
typedef struct span {
  unsigned char* at;
  size_t left;
  bool broken;
} span;

static void put_number(span* out, uint64_t number, size_t bytes) {
  if (out->broken || out->left < bytes) {
    out->broken = true;
    return;
  }
  for (size_t i = 0; i < bytes; ++i) out->at[i] = (unsigned char)(number >> (8 * (bytes - 1 - i)));
  out->at += bytes;
  out->left -= bytes;
}

static void put_text(span* out, gatehouse_str text) {
  if (text.size > 0xffff) out->broken = true;
  put_number(out, text.size, 2);
  if (out->broken || out->left < text.size) {
    out->broken = true;
    return;
  }
  if (text.size > 0) memcpy(out->at, text.data, text.size);
  out->at += text.size;
  out->left -= text.size;
}

static void put_count(span* out, size_t count) {
  if (count > WIRE_LIST_MAX) out->broken = true;
  put_number(out, count, 1);
}

static span begin(unsigned char* into, size_t room) {
  span out = {into, room, room < WIRE_HEAD};
  if (out.broken) return out;
  out.at += WIRE_HEAD;
  out.left -= WIRE_HEAD;
  put_number(&out, WIRE_VERSION, 1);
  return out;
}

static size_t finish(const span* out, unsigned char* into) {
  const size_t size = (size_t)(out->at - into);
  if (out->broken || size - WIRE_HEAD > WIRE_BODY_MAX) return 0;
  span head = {into, WIRE_HEAD, false};
  put_number(&head, size - WIRE_HEAD, WIRE_HEAD);
  return size;
}

size_t wire_write_question(const wire_question* question, unsigned char* into, size_t room) {
  span out = begin(into, room);
  put_number(&out, question->credential & 0xff, 1);
  put_text(&out, question->realm);
  put_text(&out, question->user);
  put_text(&out, question->password);
  put_text(&out, question->state);
  put_text(&out, question->address);
  put_count(&out, question->response_count);
  for (size_t i = 0; i < question->response_count && !out.broken; ++i) put_text(&out, question->responses[i]);
  return finish(&out, into);
}

size_t wire_write_answer(const wire_answer* answer, unsigned char* into, size_t room) {
  span out = begin(into, room);
  put_number(&out, answer->code & 0xff, 1);
  put_number(&out, answer->reason & 0xff, 1);
  put_number(&out, answer->retry_after, 4);
  put_number(&out, (uint64_t)answer->expiry_ms, 8);
  put_text(&out, answer->subject);
  put_text(&out, answer->state);
  put_count(&out, answer->prompt_count);
  for (size_t i = 0; i < answer->prompt_count && !out.broken; ++i) {
    put_number(&out, answer->prompts[i].hidden ? 1 : 0, 1);
    put_text(&out, answer->prompts[i].text);
  }
  return finish(&out, into);
}

typedef struct reader {
  const unsigned char* at;
  size_t left;
  bool broken;
} reader;

static uint64_t get_number(reader* in, size_t bytes) {
  if (in->broken || in->left < bytes) {
    in->broken = true;
    return 0;
  }
  uint64_t number = 0;
  for (size_t i = 0; i < bytes; ++i) number = number << 8 | in->at[i];
  in->at += bytes;
  in->left -= bytes;
  return number;
}

static gatehouse_str get_text(reader* in) {
  const size_t size = (size_t)get_number(in, 2);
  if (in->broken || in->left < size) {
    in->broken = true;
    return (gatehouse_str){NULL, 0};
  }
  const gatehouse_str text = {(const char*)in->at, size};
  in->at += size;
  in->left -= size;
  return text;
}

static size_t get_count(reader* in) {
  const size_t count = (size_t)get_number(in, 1);
  if (count > WIRE_LIST_MAX) in->broken = true;
  return in->broken ? 0 : count;
}

static reader open_body(const unsigned char* body, size_t size) {
  reader in = {body, size, size == 0 || size > WIRE_BODY_MAX};
  if (get_number(&in, 1) != WIRE_VERSION) in.broken = true;
  return in;
}

size_t wire_body_size(const unsigned char* head) {
  reader in = {head, WIRE_HEAD, false};
  const uint64_t size = get_number(&in, WIRE_HEAD);
  return size > WIRE_BODY_MAX ? 0 : (size_t)size;
}

bool wire_read_question(const unsigned char* body, size_t size, wire_question* into) {
  memset(into, 0, sizeof *into);
  reader in = open_body(body, size);
  into->credential = (uint32_t)get_number(&in, 1);
  into->realm = get_text(&in);
  into->user = get_text(&in);
  into->password = get_text(&in);
  into->state = get_text(&in);
  into->address = get_text(&in);
  into->response_count = get_count(&in);
  for (size_t i = 0; i < into->response_count; ++i) into->responses[i] = get_text(&in);
  return !in.broken && in.left == 0;
}

bool wire_read_answer(const unsigned char* body, size_t size, wire_answer* into) {
  memset(into, 0, sizeof *into);
  reader in = open_body(body, size);
  into->code = (uint32_t)get_number(&in, 1);
  into->reason = (uint32_t)get_number(&in, 1);
  into->retry_after = (uint32_t)get_number(&in, 4);
  into->expiry_ms = (int64_t)get_number(&in, 8);
  into->subject = get_text(&in);
  into->state = get_text(&in);
  into->prompt_count = get_count(&in);
  for (size_t i = 0; i < into->prompt_count; ++i) {
    const uint64_t hidden = get_number(&in, 1);
    if (hidden > 1) in.broken = true;
    into->prompts[i].hidden = hidden == 1;
    into->prompts[i].text = get_text(&in);
  }
  return !in.broken && in.left == 0;
}
