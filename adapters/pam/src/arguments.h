/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_PAM_ARGUMENTS_H
#define GATEHOUSE_PAM_ARGUMENTS_H
/* The words behind pam_gatehouse.so in a service file. They point into argv. */
#include <security/pam_modules.h>
#include <stdbool.h>
#include <stddef.h>

#define PAM_BACKENDS_MAX 16
#define PAM_PLUGIN_DIRS_MAX 8

typedef struct door_arguments {
  const char* config; /* one of these three */
  const char* backends[PAM_BACKENDS_MAX];
  size_t backend_count;
  const char* socket;

  const char* realm; /* "": the only one */
  const char* plugin_dirs[PAM_PLUGIN_DIRS_MAX];
  size_t plugin_dir_count;
  bool try_first_pass;
  bool use_first_pass;
  bool canonical_user;
  bool any_subject;
  bool debug;
} door_arguments;

/* False after saying in the system log what is wrong. */
bool read_arguments(pam_handle_t* pam, int argc, const char** argv, door_arguments* into);

/* Names the source of answers: the lines auth and account of a service share one if they were written alike. To be
 * released with free(); NULL if memory ran out. */
char* source_name(const door_arguments* from);

#endif
