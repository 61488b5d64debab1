/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_PAM_CONVERSE_H
#define GATEHOUSE_PAM_CONVERSE_H
/* What is asked of the person, through the host's conversation function. */
#include <security/pam_modules.h>
#include <stdbool.h>

/* PAM_SUCCESS, and *reply is to be released with wipe(); or PAM_CONV_ERR, PAM_INCOMPLETE, PAM_BUF_ERR, and it is NULL.
 */
int converse(pam_handle_t* pam, bool hidden, const char* text, char** reply);

#endif
