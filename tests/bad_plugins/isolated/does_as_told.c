/* SPDX-License-Identifier: Apache-2.0 */
/* Does what the user's name says, such as to end its process. Everybody else it grants. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "sound.h"

/* The helper's end of the socket to the engine. */
static const int wire = 3;

/* A pointer that no compiler sees through. */
static volatile int* volatile nowhere;

static void frame(uint32_t size, const void* body, size_t length) {
  send(wire, &size, sizeof size, MSG_NOSIGNAL);
  send(wire, body, length, MSG_NOSIGNAL);
}

/* kind, call, text */
static void claim(uint64_t id) {
  char body[1 + 8 + 4 + 1] = {66};
  const uint32_t length = 1;
  memcpy(body + 1, &id, sizeof id);
  memcpy(body + 9, &length, sizeof length);
  body[13] = 'x';
  frame(sizeof body, body, sizeof body);
}

/* Grants a call of its choice to root. */
static void forged_answer(uint64_t id) {
  char body[256] = {67};
  size_t at = 1;
  const uint32_t head[3] = {4, 0, 0}; /* granted, no reason, no cost */
  const uint32_t four = 4;
  memcpy(body + at, &id, 8);
  at += 8;
  memcpy(body + at, head, sizeof head);
  at += sizeof head + 3; /* no_store, expiry, cache_until */
  memcpy(body + at, &four, 4);
  memcpy(body + at + 4, "root", 4);
  at += 8 + 4 * 4; /* detail, groups, attributes, challenges */
  frame((uint32_t)at, body, at);
}

static void hostile(gatehouse_str user) {
  static char zeros[65536];
  if (is(user, "garbage")) send(wire, "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL);
  if (is(user, "nothing")) frame(0, "", 0);
  if (is(user, "huge")) frame(0xffffffff, zeros, sizeof zeros);
  if (is(user, "half")) frame(6291456, zeros, sizeof zeros);
  if (is(user, "unknown-kind")) frame(1, "\xff", 1);
  if (is(user, "order")) frame(1, "\x04", 1);
  if (is(user, "reply")) frame(10, "\x40\x01\0\0\0\0\0\0\0\0", 10);
  if (is(user, "short-answer")) frame(9, "\x43\x01\0\0\0\0\0\0\0", 9);
  if (is(user, "many-groups")) frame(13, "\x44\xff\xff\xff\xff\0\0\0\0\0\0\0\0", 13);
  if (is(user, "stranger")) forged_answer(1u << 30);
  if (is(user, "claims")) {
    for (uint64_t id = 0; id < 64; ++id) claim(id);
  }
  if (is(user, "closes")) close(wire);
  if (is(user, "shuts")) shutdown(wire, SHUT_RDWR);
}

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  const gatehouse_str user = request->user;
  char text_of_pid[16];
  if (is(user, "segv")) *nowhere = 1;
  if (is(user, "abort")) abort();
  if (is(user, "exit")) exit(0);
  if (is(user, "kill")) raise(SIGKILL);
  if (is(user, "stop")) raise(SIGSTOP);
  while (is(user, "hang")) pause();
  while (is(user, "spin")) continue;
  for (int i = 0; is(user, "noise") && i < 100000; ++i) {
    fprintf(stderr, "line %d of what nobody wants to read\n", i);
    fprintf(stdout, "line %d of what nobody wants to read\n", i);
  }
  hostile(user);
  if (is(user, "pid")) {
    snprintf(text_of_pid, sizeof text_of_pid, "%d", (int)getpid());
    api->add_attribute(host, call, text("pid"), text(text_of_pid));
  }
  return sound_authenticate(instance, request, call);
}

BAD_PLUGIN("does-as-told", static gatehouse_option option; option = sound_option("word");
           option.flags = GATEHOUSE_OPTION_SECRET; plugin.options = &option; plugin.option_count = 1;
           plugin.authenticate = authenticate;)
