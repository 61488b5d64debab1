/* SPDX-License-Identifier: Apache-2.0 */
#include "converse.h"

#include <security/pam_ext.h>
#include <stdlib.h>
#include <syslog.h>

#include "text.h"

int converse(pam_handle_t* pam, bool hidden, const char* text, char** reply) {
  const void* item = NULL;
  *reply = NULL;
  if (pam_get_item(pam, PAM_CONV, &item) != PAM_SUCCESS || item == NULL) return PAM_CONV_ERR;
  const struct pam_conv* const host = item;
  if (host->conv == NULL) return PAM_CONV_ERR;
  const struct pam_message message = {hidden ? PAM_PROMPT_ECHO_OFF : PAM_PROMPT_ECHO_ON, text};
  const struct pam_message* messages = &message;
  struct pam_response* response = NULL;
  const int result = host->conv(1, &messages, &response, host->appdata_ptr);
  if (result != PAM_SUCCESS) {
    /* What a failed conversation left in `response` is not ours to follow. */
    if (result == PAM_CONV_AGAIN) return PAM_INCOMPLETE;
    return result == PAM_BUF_ERR ? PAM_BUF_ERR : PAM_CONV_ERR;
  }
  if (response != NULL) *reply = response->resp;
  free(response);
  if (*reply != NULL) return PAM_SUCCESS;
  pam_syslog(pam, LOG_ERR, "the program's conversation gave no reply");
  return PAM_CONV_ERR;
}
