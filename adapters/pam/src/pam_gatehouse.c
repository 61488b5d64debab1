/* SPDX-License-Identifier: Apache-2.0 */
/* What libpam calls. */
#include <arpa/inet.h>
#include <gatehouse/gatehouse.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "answer.h"
#include "arguments.h"
#include "client.h"
#include "converse.h"
#include "descriptors.h"
#include "engine.h"
#include "person.h"
#include "record.h"
#include "text.h"

#define EXPORT __attribute__((visibility("default")))

enum { rounds_max = 8 };

/* One login as it goes on. */
typedef struct door_login {
  pam_handle_t* pam;
  const door_arguments* given;
  char* user;
  char address[INET6_ADDRSTRLEN];
  char id[64];
  door_answer answer;
} door_login;

/* The one table. */
static int as_pam(gatehouse_code code) {
  switch (code) {
    case GATEHOUSE_DECISION_GRANTED:
      return PAM_SUCCESS;
    case GATEHOUSE_DECISION_DENIED:
    case GATEHOUSE_DECISION_CHALLENGE: /* one that cannot be put to a person here */
    case GATEHOUSE_DECISION_MALFORMED:
      return PAM_AUTH_ERR;
    case GATEHOUSE_DECISION_THROTTLED:
      return PAM_MAXTRIES;
    case GATEHOUSE_DECISION_FORBIDDEN:
      return PAM_PERM_DENIED;
    default:
      return PAM_AUTHINFO_UNAVAIL;
  }
}

static int read_user(pam_handle_t* pam, char** user) {
  const char* name = NULL;
  const int result = pam_get_user(pam, &name, NULL);
  if (result == PAM_CONV_AGAIN || result == PAM_INCOMPLETE) return PAM_INCOMPLETE;
  if (result == PAM_BUF_ERR) return PAM_BUF_ERR;
  if (result != PAM_SUCCESS) return PAM_CONV_ERR;
  if (name == NULL || name[0] == '\0') return PAM_USER_UNKNOWN;
  *user = strdup(name);
  return *user == NULL ? PAM_BUF_ERR : PAM_SUCCESS;
}

/* PAM_RHOST, if it is an address: a host name proves nothing and counts as no address. */
static void read_address(door_login* login) {
  const void* item = NULL;
  struct in6_addr parsed;
  if (pam_get_item(login->pam, PAM_RHOST, &item) != PAM_SUCCESS || item == NULL) return;
  const char* const host = item;
  const size_t size = strlen(host);
  if (size < sizeof login->address &&
      (inet_pton(AF_INET, host, &parsed) == 1 || inet_pton(AF_INET6, host, &parsed) == 1)) {
    memcpy(login->address, host, size + 1);
  } else if (login->given->debug && size > 0) {
    pam_syslog(login->pam, LOG_DEBUG, "PAM_RHOST is not an address: the caller's address is not known");
  }
}

static void name_process(door_login* login) {
  const void* service = NULL;
  if (pam_get_item(login->pam, PAM_SERVICE, &service) != PAM_SUCCESS || service == NULL) service = "";
  snprintf(login->id, sizeof login->id, "%.40s[%ld]", (const char*)service, (long)getpid());
}

/* A name that no backend knows may be a password that was typed a line too early: it is not written down. */
static void report(const door_login* login) {
  const door_answer* const answer = &login->answer;
  if (answer->code == GATEHOUSE_DECISION_GRANTED && !login->given->debug) return;
  const bool unknown = answer->subject == NULL || answer->subject[0] == '\0';
  char* const user = unknown ? NULL : printable_copy(as_str(login->user));
  const bool has_detail = answer->detail != NULL && answer->detail[0] != '\0';
  pam_syslog(login->pam, answer->code == GATEHOUSE_DECISION_GRANTED ? LOG_DEBUG : LOG_NOTICE,
             "%s (%s); rhost=%s user=%s%s%s", gatehouse_code_name(answer->code), gatehouse_reason_name(answer->reason),
             login->address, user == NULL ? "(not shown)" : user, has_detail ? ": " : "",
             has_detail ? answer->detail : "");
  free(user);
}

static void ask(door_login* login, const door_engine* engine, const door_question* question) {
  door_answer next;
  memset(&next, 0, sizeof next);
  if (login->given->socket != NULL) {
    client_ask(login->pam, login->given, question, &next);
  } else {
    engine_ask(engine, question, &next);
  }
  answer_clear(&login->answer);
  login->answer = next;
  report(login);
}

/* Puts one challenge to the person and asks with the replies. */
static int answer_challenge(door_login* login, const door_engine* engine) {
  const door_answer* const asked = &login->answer;
  char* replies[PAM_PROMPTS_MAX];
  door_question next;
  memset(&next, 0, sizeof next);
  next.user = as_str(login->user);
  next.address = login->address;
  next.id = login->id;
  next.is_response = true;
  next.state = (gatehouse_str){asked->state, asked->state_size};
  int result = PAM_SUCCESS;
  for (size_t i = 0; i < asked->prompt_count && result == PAM_SUCCESS; ++i) {
    result = converse(login->pam, asked->prompts[i].hidden, asked->prompts[i].text, &replies[i]);
    if (result == PAM_SUCCESS) next.responses[next.response_count++] = as_str(replies[i]);
  }
  if (result == PAM_SUCCESS) ask(login, engine, &next);
  for (size_t i = 0; i < next.response_count; ++i) wipe(replies[i]);
  return result;
}

/* A right password opens the account that it belongs to, and no other: backends may find a person by more than one
 * name, and some of those the person chose. */
static void judge_subject(door_login* login) {
  door_answer* const answer = &login->answer;
  if (answer->code != GATEHOUSE_DECISION_GRANTED || login->given->any_subject || answer->subject == NULL) return;
  if (strcmp(answer->subject, login->user) == 0) return;
  const char* why = "is not that user; see canonical_user in pam_gatehouse(8)";
  if (login->given->canonical_user) {
    if (!is_account_of_another(login->user, answer->subject)) return;
    why = "is not that user, and that user has an account of this machine";
  }
  char* const user = printable_copy(as_str(login->user));
  char* const subject = printable_copy(as_str(answer->subject));
  pam_syslog(login->pam, LOG_WARNING, "denied; rhost=%s user=%s: the password is that of \"%s\", who %s",
             login->address, user == NULL ? "" : user, subject == NULL ? "" : subject, why);
  free(user);
  free(subject);
  answer_clear(answer);
  answer->code = GATEHOUSE_DECISION_DENIED;
}

/* Asks with this password, and answers what the backends want to know beyond it. */
static int try_password(door_login* login, const char* password) {
  standard_descriptors standard;
  door_engine engine;
  door_question first;
  memset(&engine, 0, sizeof engine);
  memset(&first, 0, sizeof first);
  first.user = as_str(login->user);
  first.password = as_str(password);
  first.address = login->address;
  first.id = login->id;
  int result = PAM_SERVICE_ERR;
  if (!hold_standard_descriptors(&standard)) {
    pam_syslog(login->pam, LOG_ERR, "this process may open no more files");
    result = PAM_AUTHINFO_UNAVAIL;
  } else if (login->given->socket != NULL || engine_open(login->pam, login->given, &engine)) {
    result = PAM_SUCCESS;
    ask(login, &engine, &first);
    for (int i = 0; i < rounds_max && result == PAM_SUCCESS; ++i) {
      if (login->answer.code != GATEHOUSE_DECISION_CHALLENGE || login->answer.prompt_count == 0) break;
      result = answer_challenge(login, &engine);
    }
    judge_subject(login);
    if (result == PAM_SUCCESS) result = as_pam(login->answer.code);
  }
  engine_close(&engine);
  release_standard_descriptors(&standard);
  return result;
}

static int prompt_for_password(door_login* login) {
  char* password = NULL;
  int result = converse(login->pam, true, "Password: ", &password);
  if (result != PAM_SUCCESS) return result;
  /* For modules further down the stack that do not want to ask again. */
  result = pam_set_item(login->pam, PAM_AUTHTOK, password);
  if (result == PAM_SUCCESS) result = try_password(login, password);
  wipe(password);
  return result;
}

static int try_passwords(door_login* login) {
  const void* first = NULL;
  if (login->given->use_first_pass || login->given->try_first_pass) {
    if (pam_get_item(login->pam, PAM_AUTHTOK, &first) != PAM_SUCCESS) first = NULL;
  }
  if (first != NULL) {
    const int result = try_password(login, first);
    if (login->given->use_first_pass || result != PAM_AUTH_ERR) return result;
  } else if (login->given->use_first_pass) {
    pam_syslog(login->pam, LOG_ERR, "use_first_pass: no module before this one asked for a password");
    return PAM_AUTH_ERR;
  }
  return prompt_for_password(login);
}

/* After a grant: what later modules and the account line are to see. */
static int finish(door_login* login, int result) {
  const char* const subject = login->answer.subject;
  const char* user = login->user;
  if (result == PAM_SUCCESS) {
    if (login->answer.code != GATEHOUSE_DECISION_GRANTED || subject == NULL || subject[0] == '\0') {
      return PAM_AUTHINFO_UNAVAIL;
    }
    if (login->given->canonical_user) {
      if (pam_set_item(login->pam, PAM_USER, subject) != PAM_SUCCESS) return PAM_BUF_ERR;
      user = subject;
    }
  }
  const int kept = record_keep(login->pam, login->given, user, &login->answer);
  return result == PAM_SUCCESS ? kept : result;
}

EXPORT int pam_sm_authenticate(pam_handle_t* pam, int flags, int argc, const char** argv) {
  (void)flags;
  door_arguments given;
  door_login login;
  memset(&login, 0, sizeof login);
  login.pam = pam;
  login.given = &given;
  if (!read_arguments(pam, argc, argv, &given)) return PAM_SERVICE_ERR;
  int result = read_user(pam, &login.user);
  if (result != PAM_SUCCESS) return result;
  read_address(&login);
  name_process(&login);
  result = finish(&login, try_passwords(&login));
  answer_clear(&login.answer);
  free(login.user);
  return result;
}

EXPORT int pam_sm_setcred(pam_handle_t* pam, int flags, int argc, const char** argv) {
  (void)pam;
  (void)flags;
  (void)argc;
  (void)argv;
  return PAM_SUCCESS;
}

EXPORT int pam_sm_acct_mgmt(pam_handle_t* pam, int flags, int argc, const char** argv) {
  (void)flags;
  door_arguments given;
  return read_arguments(pam, argc, argv, &given) ? record_account(pam, &given) : PAM_SERVICE_ERR;
}
