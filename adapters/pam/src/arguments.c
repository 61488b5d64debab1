/* SPDX-License-Identifier: Apache-2.0 */
#include "arguments.h"

#include <security/pam_ext.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* The value if `word` is NAME=VALUE, where `name` ends with the '='. */
static const char* value_of(const char* word, const char* name) {
  const size_t size = strlen(name);
  return strncmp(word, name, size) == 0 ? word + size : NULL;
}

static bool refuse(pam_handle_t* pam, const char* word, const char* why) {
  pam_syslog(pam, LOG_ERR, "argument \"%s\": %s; nobody is let in", word, why);
  return false;
}

/* The working directory is the caller's: a path that depends on it could be chosen by whoever starts sudo. */
static bool take_path(pam_handle_t* pam, const char* word, const char* path, const char** into) {
  if (path[0] != '/') return refuse(pam, word, "write an absolute path");
  if (*into != NULL) return refuse(pam, word, "is there twice");
  *into = path;
  return true;
}

static bool take_flag(const char* word, door_arguments* into) {
  if (strcmp(word, "try_first_pass") == 0) {
    into->try_first_pass = true;
  } else if (strcmp(word, "use_first_pass") == 0) {
    into->use_first_pass = true;
  } else if (strcmp(word, "canonical_user") == 0) {
    into->canonical_user = true;
  } else if (strcmp(word, "any_subject") == 0) {
    into->any_subject = true;
  } else if (strcmp(word, "debug") == 0) {
    into->debug = true;
  } else {
    return false;
  }
  return true;
}

static bool take(pam_handle_t* pam, const char* word, door_arguments* into) {
  const char* value = NULL;
  if ((value = value_of(word, "config=")) != NULL) return take_path(pam, word, value, &into->config);
  if ((value = value_of(word, "socket=")) != NULL) return take_path(pam, word, value, &into->socket);
  if ((value = value_of(word, "realm=")) != NULL) {
    if (into->realm != NULL) return refuse(pam, word, "is there twice");
    if (value[0] == '\0') return refuse(pam, word, "the name of a realm is missing");
    into->realm = value;
    return true;
  }
  if ((value = value_of(word, "backend=")) != NULL) {
    if (into->backend_count == PAM_BACKENDS_MAX) return refuse(pam, word, "too many backends; use config=FILE");
    into->backends[into->backend_count++] = value;
    return true;
  }
  if ((value = value_of(word, "plugin_dir=")) != NULL) {
    if (into->plugin_dir_count == PAM_PLUGIN_DIRS_MAX) return refuse(pam, word, "too many folders");
    const char** next = &into->plugin_dirs[into->plugin_dir_count++];
    *next = NULL;
    return take_path(pam, word, value, next);
  }
  return take_flag(word, into) || refuse(pam, word, "is unknown; see pam_gatehouse(8)");
}

static bool is_whole(pam_handle_t* pam, const door_arguments* given) {
  const int sources = (given->config != NULL) + (given->socket != NULL) + (given->backend_count > 0);
  if (sources != 1) {
    pam_syslog(pam, LOG_ERR, "%s config=FILE, backend=URI or socket=PATH; nobody is let in",
               sources == 0 ? "say who may enter, with" : "choose one of");
    return false;
  }
  if (given->realm != NULL && given->backend_count > 0) {
    return refuse(pam, "realm", "goes with config=FILE and socket=PATH; backends form a realm of their own");
  }
  if (given->plugin_dir_count > 0 && given->socket != NULL) {
    return refuse(pam, "plugin_dir", "goes with config=FILE and backend=URI; behind a socket, gatehouse serve knows");
  }
  if (given->try_first_pass && given->use_first_pass) {
    return refuse(pam, "try_first_pass", "and use_first_pass exclude each other");
  }
  if (given->canonical_user && given->any_subject) {
    return refuse(pam, "canonical_user", "and any_subject exclude each other");
  }
  return true;
}

bool read_arguments(pam_handle_t* pam, int argc, const char** argv, door_arguments* into) {
  memset(into, 0, sizeof *into);
  for (int i = 0; i < argc; ++i) {
    if (!take(pam, argv[i], into)) return false;
  }
  if (!is_whole(pam, into)) return false;
  if (into->realm == NULL) into->realm = "";
  return true;
}

char* source_name(const door_arguments* from) {
  static const char prefix[] = "pam_gatehouse";
  const char* parts[PAM_BACKENDS_MAX + 4];
  size_t count = 0;
  parts[count++] = prefix;
  parts[count++] = from->config == NULL ? "" : from->config;
  parts[count++] = from->socket == NULL ? "" : from->socket;
  parts[count++] = from->realm;
  for (size_t i = 0; i < from->backend_count; ++i) parts[count++] = from->backends[i];
  size_t size = 1;
  for (size_t i = 0; i < count; ++i) size += strlen(parts[i]) + 1;
  char* const name = malloc(size);
  if (name == NULL) return NULL;
  char* end = name;
  for (size_t i = 0; i < count; ++i) {
    const size_t length = strlen(parts[i]);
    memcpy(end, parts[i], length);
    end += length;
    *end++ = '\n';
  }
  *end = '\0';
  return name;
}
