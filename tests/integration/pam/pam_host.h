/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_TESTS_PAM_HOST_H
#define GATEHOUSE_TESTS_PAM_HOST_H
/* A PAM application: a private folder with services and configurations, and conversations that answer as a test says.
 */
#include <security/pam_appl.h>
#include <stdbool.h>

#include "../../support/c_host.h"

typedef enum Manner {
  answers,      /* gives the replies in their order, the last one again and again */
  answers_with, /* nothing: resp is NULL */
  no_array,     /* PAM_SUCCESS without an array */
  fails,        /* PAM_CONV_ERR, with a pointer that nobody may follow */
  again,        /* PAM_CONV_AGAIN */
  missing,      /* no conversation function at all */
} Manner;

typedef struct Person {
  Manner manner;
  const char* replies[4];
  int asked;
  char seen[8][64]; /* what was asked, after 'h' for hidden or 'e' for shown */
} Person;

typedef struct Session {
  pam_handle_t* pam;
  struct pam_conv conversation;
} Session;

/* "session": of this service in that folder; NULL as user asks for one. */
void begin(Session* into, const char* folder, const char* service, const char* user, Person* person);
/* Ends it too. */
int authenticate(const char* folder, const char* service, const char* user, Person* person);
/* With one reply for every prompt. */
int log_in(const char* folder, const char* service, const char* user, const char* password);

int descriptor_count(void);

typedef struct Yard {
  char folder[256];
  char services[300]; /* services of pam.d's form, and nothing else */
  char config[300];   /* of the realm "r" over the plugin that was given */
} Yard;

/* Services "good" and "good-debug" for that configuration. */
void make_yard(Yard* into, const char* module, const char* plugin);
void remove_yard(const Yard* old);
/* Writes the service `name`: `lines` is a format for the module's path and `words`, twice. */
void add_service(const Yard* yard, const char* name, const char* module, const char* words);
void add_text(const Yard* yard, const char* name, const char* text);

#endif
