/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A C program that asks one question: may this user in? It reads the user and the password from two lines of standard
 * input, and exits 0 if they are right, 1 if not, 2 if it cannot start, 3 if nobody could find out.
 *
 *   embed-c htpasswd:/etc/app/users < answers
 */
#define _DEFAULT_SOURCE /* explicit_bzero */
#include <stdio.h>
#include <string.h>

#include <gatehouse/gatehouse.h>

static gatehouse_str text(const char* s) {
  gatehouse_str str = {s, strlen(s)};
  return str;
}

static void log_line(void* context, gatehouse_log_level level, gatehouse_str line) {
  (void)context, (void)level;
  fprintf(stderr, "%.*s\n", (int)line.size, line.data);
}

static int give_up(char* error) {
  fprintf(stderr, "embed-c: %s\n", error ? error : "out of memory");
  gatehouse_free(error);
  return 2;
}

/* A line that does not fit is not cut: it is refused. */
static int read_line(char* line, int size) {
  if (!fgets(line, size, stdin)) return 0;
  char* end = strchr(line, '\n');
  if (end) *end = '\0';
  return end || feof(stdin);
}

int main(int argc, char** argv) {
  if (argc != 2) return fprintf(stderr, "usage: embed-c BACKEND-URI\n"), 2;
  char user[512], password[4096];
  if (!read_line(user, sizeof user) || !read_line(password, sizeof password)) return 2;

  /* [open] */
  char* error = NULL;
  gatehouse_runtime_options options = {.struct_size = sizeof options, .log = log_line, .log_level = GATEHOUSE_LOG_INFO};
  gatehouse_runtime* runtime = gatehouse_runtime_open(&options, &error);
  if (!runtime) return give_up(error);

  gatehouse_str backend = text(argv[1]);
  gatehouse_config_options source = {.struct_size = sizeof source, .backends = &backend, .backend_count = 1};
  gatehouse_config* config = gatehouse_config_load(runtime, &source, &error);
  gatehouse_realm* realm = config ? gatehouse_config_realm(config, text(""), &error) : NULL;
  /* A server that forks does it here: no thread runs yet. */
  if (!realm || !gatehouse_runtime_start(runtime, &error)) return give_up(error);
  /* [open] */

  /* [decide] */
  gatehouse_request request = {.struct_size = sizeof request, .credential = GATEHOUSE_CREDENTIAL_PASSWORD};
  request.user = text(user);
  request.password = text(password);
  gatehouse_decision* decision = NULL;
  gatehouse_code code = gatehouse_decide(realm, &request, 0, &decision);
  explicit_bzero(password, sizeof password);
  gatehouse_str subject = gatehouse_decision_subject(decision);
  printf("%s %.*s\n", gatehouse_code_name(code), (int)subject.size, subject.data);
  /* [decide] */

  gatehouse_decision_release(decision);
  gatehouse_realm_release(realm);
  gatehouse_config_release(config);
  gatehouse_runtime_stop(runtime);
  gatehouse_runtime_close(runtime);
  if (code == GATEHOUSE_DECISION_UNAVAILABLE) return 3;
  return code == GATEHOUSE_DECISION_GRANTED ? 0 : 1;
}
