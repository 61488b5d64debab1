/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_PAM_ENGINE_H
#define GATEHOUSE_PAM_ENGINE_H
/* The engine in this process, for as long as one login takes: no thread is started, nothing is left behind. */
#include "answer.h"
#include "arguments.h"

typedef struct door_engine {
  gatehouse_runtime* runtime;
  gatehouse_config* config;
  gatehouse_realm* realm;
} door_engine;

/* False after saying in the system log why. Close it in either case. */
bool engine_open(pam_handle_t* pam, const door_arguments* from, door_engine* into);
/* `into` must be clear. Its code is "unavailable" if anything goes wrong. */
void engine_ask(const door_engine* engine, const door_question* question, door_answer* into);
void engine_close(door_engine* engine);

#endif
