/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_PAM_RECORD_H
#define GATEHOUSE_PAM_RECORD_H
/* What the auth line of a service learned, kept in the PAM handle for its account line. No secret is in it. */
#include <security/pam_modules.h>

#include "answer.h"
#include "arguments.h"

/* Replaces what an earlier question left. `user` as PAM_USER is from now on. */
int record_keep(pam_handle_t* pam, const door_arguments* from, const char* user, const door_answer* answer);

/* What acct_mgmt answers for the present PAM_USER. */
int record_account(pam_handle_t* pam, const door_arguments* from);

#endif
