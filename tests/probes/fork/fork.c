/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server that loads its configuration, forks workers, and serves in its first process too. Before start no process
 * has a thread; one that never starts has none at its end; each that starts decides for itself and ends for itself. A
 * process that stopped may fork again, and its child start.
 *
 *   probe_fork PLUGIN.so
 */
#define _DEFAULT_SOURCE
#include <poll.h>
#include <sys/wait.h>

#include "../../support/c_host.h"

enum { workers = 4, seconds_at_most = 30 };

static void take(void* context, const gatehouse_decision* decision) {
  CHECK(gatehouse_decision_code(decision) == GATEHOUSE_DECISION_GRANTED);
  CHECK(same(gatehouse_decision_subject(decision), "async"));
  ++*(int*)context;
}

/* Asks in all three ways. */
static void serve(gatehouse_runtime* runtime, const gatehouse_realm* realm) {
  const gatehouse_request right = password_request("bob", "right");
  const gatehouse_request wrong = password_request("bob", "wrong");
  const gatehouse_request async = password_request("async", "right");
  CHECK(gatehouse_decide(realm, &right, 0, NULL) == GATEHOUSE_DECISION_UNAVAILABLE); /* not started */
  CHECK(gatehouse_runtime_fd(runtime) == -1);
  start_runtime(runtime);
  CHECK(thread_count() > 1);
  gatehouse_decision* decision = NULL;
  CHECK(gatehouse_try_decide(realm, &right, &decision) == GATEHOUSE_PENDING);
  CHECK(decision == NULL);
  CHECK(gatehouse_decide(realm, &right, 0, &decision) == GATEHOUSE_DECISION_GRANTED);
  CHECK(same(gatehouse_decision_subject(decision), "bob"));
  gatehouse_decision_release(decision);
  CHECK(gatehouse_try_decide(realm, &right, NULL) == GATEHOUSE_DECISION_GRANTED);
  CHECK(gatehouse_decide(realm, &wrong, 0, NULL) == GATEHOUSE_DECISION_DENIED);
  int taken = 0;
  CHECK(gatehouse_decide_async(realm, &async, 0, take, &taken) != 0);
  struct pollfd readable = {gatehouse_runtime_fd(runtime), POLLIN, 0};
  while (taken == 0) {
    CHECK(poll(&readable, 1, 10000) == 1);
    gatehouse_runtime_dispatch(runtime);
  }
  CHECK(taken == 1);
}

/* A new process that ends by itself, should it hang. */
static pid_t fork_one(void) {
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) alarm(seconds_at_most);
  return child;
}

static void expect_success(pid_t child) {
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void end(gatehouse_runtime* runtime, gatehouse_config* config, gatehouse_realm* realm) {
  gatehouse_realm_release(realm);
  gatehouse_config_release(config);
  gatehouse_runtime_close(runtime);
  CHECK(alone());
}

int main(int argc, char** argv) {
  char folder[256];
  char plugin[512];
  char path[512];
  char text[2048];
  int letters[2];
  CHECK(argc == 2 && pipe(letters) == 0);
  alarm(seconds_at_most);
  make_folder(folder, sizeof folder);
  snprintf(plugin, sizeof plugin, "%s/probe.so", folder);
  snprintf(path, sizeof path, "%s/config.toml", folder);
  copy_file(argv[1], plugin);
  snprintf(text, sizeof text,
           "[realms.r]\nchain = [\"b\"]\n[backends.b]\nplugin = \"%s\"\nevents = %d\nwake = \"1s\"\n", plugin,
           letters[1]);
  write_file(path, text);

  gatehouse_runtime* runtime = open_runtime(GATEHOUSE_MODE_THREADS);
  gatehouse_config* config = load_config(runtime, path);
  gatehouse_realm* realm = gatehouse_config_realm(config, str("r"), NULL);
  CHECK(realm != NULL);
  CHECK(thread_count() == 1);

  pid_t children[workers + 1];
  for (int i = 0; i <= workers; ++i) {
    children[i] = fork_one();
    if (children[i] != 0) continue;
    CHECK(thread_count() == 1);
    if (i < workers) serve(runtime, realm); /* the last one never starts */
    end(runtime, config, realm);
    _exit(0);
  }
  CHECK(thread_count() == 1);
  serve(runtime, realm); /* beside its children */
  for (int i = 0; i <= workers; ++i) expect_success(children[i]);

  gatehouse_runtime_stop(runtime);
  CHECK(alone());
  const pid_t late = fork_one();
  if (late == 0) {
    CHECK(thread_count() == 1);
    serve(runtime, realm);
    end(runtime, config, realm);
    _exit(0);
  }
  expect_success(late);
  CHECK(thread_count() == 1);
  end(runtime, config, realm);

  close(letters[1]);
  int created = 0;
  int started = 0;
  int stopped = 0;
  int destroyed = 0;
  for (char letter = 0; read(letters[0], &letter, 1) == 1;) {
    created += letter == 'C';
    started += letter == 'S';
    stopped += letter == 'T';
    destroyed += letter == 'D';
  }
  CHECK(created == 1);
  CHECK(started == workers + 2 && stopped == workers + 2);
  CHECK(destroyed == workers + 3);
  remove_folder(folder);
  return 0;
}
