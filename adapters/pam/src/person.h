/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_PAM_PERSON_H
#define GATEHOUSE_PAM_PERSON_H
/* Two names, and the accounts of this machine. */
#include <stdbool.h>

/* Whether `typed` has an account that is not that of `subject`. Programs such as sshd open the account that was typed,
 * whatever PAM_USER becomes. True also where that cannot be found out. */
bool is_account_of_another(const char* typed, const char* subject);

#endif
