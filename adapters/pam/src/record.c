/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include <security/pam_ext.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

typedef struct door_record {
  gatehouse_code code;
  gatehouse_reason reason;
  int64_t expiry_ms;
  char* user;
} door_record;

static void forget(pam_handle_t* pam, void* data, int status) {
  (void)pam;
  (void)status;
  door_record* const old = data;
  if (old == NULL) return;
  free(old->user);
  free(old);
}

int record_keep(pam_handle_t* pam, const door_arguments* from, const char* user, const door_answer* answer) {
  char* const name = source_name(from);
  door_record* const kept = calloc(1, sizeof *kept);
  int result = PAM_BUF_ERR;
  if (name != NULL && kept != NULL && (kept->user = strdup(user)) != NULL) {
    kept->code = answer->code;
    kept->reason = answer->reason;
    kept->expiry_ms = answer->expiry_ms;
    result = pam_set_data(pam, name, kept, forget);
  }
  if (result != PAM_SUCCESS) forget(pam, kept, 0);
  free(name);
  return result;
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int verdict(const door_record* kept) {
  if (kept->code == GATEHOUSE_DECISION_GRANTED) {
    return kept->expiry_ms != 0 && kept->expiry_ms <= now_ms() ? PAM_ACCT_EXPIRED : PAM_SUCCESS;
  }
  /* Refused here, and yet the host goes on: another module of the stack let the user in. Not PAM_NEW_AUTHTOK_REQD: the
   * host would have a new password set somewhere else, and count that as good. */
  switch (kept->reason) {
    case GATEHOUSE_REASON_EXPIRED:
    case GATEHOUSE_REASON_DISABLED:
    case GATEHOUSE_REASON_LOCKED:
      return PAM_ACCT_EXPIRED;
    case GATEHOUSE_REASON_MUST_CHANGE:
      return PAM_AUTHTOK_EXPIRED;
    default:
      return kept->code == GATEHOUSE_DECISION_FORBIDDEN ? PAM_PERM_DENIED : PAM_IGNORE;
  }
}

int record_account(pam_handle_t* pam, const door_arguments* from) {
  char* const name = source_name(from);
  if (name == NULL) return PAM_BUF_ERR;
  const void* data = NULL;
  const void* user = NULL;
  const int found = pam_get_data(pam, name, &data);
  free(name);
  if (found != PAM_SUCCESS || data == NULL) return PAM_IGNORE;
  const door_record* const kept = data;
  if (pam_get_item(pam, PAM_USER, &user) != PAM_SUCCESS || user == NULL || strcmp(user, kept->user) != 0) {
    pam_syslog(pam, LOG_WARNING, "the user is another one than at authentication; nothing is known of this account");
    return PAM_IGNORE;
  }
  return verdict(kept);
}
