/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_PAM_CLIENT_H
#define GATEHOUSE_PAM_CLIENT_H
/* The engine of a running `gatehouse serve`, asked through its auth socket: no plugin, no secret of a backend and no
 * configuration is in this process. */
#include "answer.h"
#include "arguments.h"

/* `into` must be clear. Its code is "unavailable" if anything goes wrong; the system log says what. */
void client_ask(pam_handle_t* pam, const door_arguments* from, const door_question* question, door_answer* into);

#endif
