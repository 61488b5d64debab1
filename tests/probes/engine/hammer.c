/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything at once, through the C API, for some seconds: several users ask in parallel, in all three ways, some with
 * a wrong password; requests are cancelled, grants dropped, configurations reloaded; at the end the engine is stopped
 * while everybody still asks. An identity never crosses, a wrong password never grants. For the thread sanitizer, and
 * without.
 *
 *   probe_hammer PLUGIN.so [SECONDS]
 */
#define _DEFAULT_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "../../support/c_host.h"

enum { askers = 4, names = 40, in_flight = 64 };

static pthread_mutex_t config_lock = PTHREAD_MUTEX_INITIALIZER;
static gatehouse_config* current; /* under config_lock */
static atomic_int over;
static atomic_long granted;
static atomic_long refused;
static atomic_long dispatched;

static gatehouse_realm* take_realm(void) {
  pthread_mutex_lock(&config_lock);
  gatehouse_realm* realm = gatehouse_config_realm(current, str(""), NULL);
  pthread_mutex_unlock(&config_lock);
  CHECK(realm != NULL);
  return realm;
}

/* What every answer must satisfy, whoever asked and however. */
static void judge(gatehouse_code code, const gatehouse_decision* decision, const char* user, int right) {
  switch (code) {
    case GATEHOUSE_DECISION_GRANTED:
      CHECK(right);
      CHECK(same(gatehouse_decision_subject(decision), user));
      CHECK(gatehouse_decision_group_count(decision) == 1);
      atomic_fetch_add(&granted, 1);
      break;
    case GATEHOUSE_DECISION_DENIED:
      CHECK(!right || strncmp(user, "forget", 6) == 0);
      CHECK(gatehouse_decision_subject(decision).size == 0);
      atomic_fetch_add(&refused, 1);
      break;
    default: /* overloaded, or at the end not running */
      CHECK(code == GATEHOUSE_DECISION_UNAVAILABLE);
      CHECK(gatehouse_decision_subject(decision).size == 0);
  }
}

static void* ask(void* context) {
  const int number = *(const int*)context;
  char user[64];
  for (int i = 0; !atomic_load(&over); ++i) {
    gatehouse_realm* realm = take_realm();
    for (int k = 0; k < 20; ++k) {
      const int right = k % 7 != 3;
      snprintf(user, sizeof user, k == 19 ? "forget user-%d-%d" : "user-%d-%d", number,
               k == 19 ? i % names : k % names);
      const gatehouse_request request = password_request(user, right ? "right" : "wrong");
      gatehouse_decision* decision = NULL;
      gatehouse_code code = gatehouse_try_decide(realm, &request, &decision);
      if (code == GATEHOUSE_PENDING) {
        CHECK(decision == NULL);
        code = gatehouse_decide(realm, &request, 0, &decision);
      }
      judge(code, decision, user, right);
      gatehouse_decision_release(decision);
    }
    gatehouse_realm_release(realm);
  }
  return NULL;
}

struct question {
  char user[64];
  int right;
  int waiting;
  uint64_t ticket;
};

static void answered(void* context, const gatehouse_decision* decision) {
  struct question* question = context;
  CHECK(question->waiting);
  question->waiting = 0;
  judge(gatehouse_decision_code(decision), decision, question->user, question->right);
  atomic_fetch_add(&dispatched, 1);
}

/* One round of the owner: sends, cancels a third, and dispatches the rest. */
static void send_round(gatehouse_runtime* runtime, struct question* questions, int round) {
  gatehouse_realm* realm = take_realm();
  for (int i = 0; i < in_flight; ++i) {
    struct question* q = &questions[i];
    if (q->waiting) continue;
    q->right = i % 5 != 2;
    snprintf(q->user, sizeof q->user, "async-%d-%d", i, round % names);
    const gatehouse_request request = password_request(q->user, q->right ? "right" : "wrong");
    q->waiting = 1;
    q->ticket = gatehouse_decide_async(realm, &request, 0, answered, q);
    CHECK(q->ticket != 0);
  }
  gatehouse_realm_release(realm);
  for (int i = round % 3; i < in_flight; i += 3) {
    gatehouse_cancel(runtime, questions[i].ticket);
    questions[i].waiting = 0;
  }
  struct pollfd readable = {gatehouse_runtime_fd(runtime), POLLIN, 0};
  if (poll(&readable, 1, 10) == 1) gatehouse_runtime_dispatch(runtime);
}

static void reload(gatehouse_runtime* runtime, const char* folder, const char* plugin, int generation) {
  char path[512];
  char text[2048];
  snprintf(path, sizeof path, "%s/config.toml", folder);
  snprintf(text, sizeof text,
           "[cache]\nttl = \"50ms\"\n[throttle]\nsubject_failures = 0\n[realms.r]\nchain = "
           "[\"b\"]\n[backends.b]\nplugin = \"%s\"\nworkers = 3\n"
           "wake = \"1ms\"\ntag = \"g%d\"\n",
           plugin, generation % 3);
  write_file(path, text);
  gatehouse_config* next = load_config(runtime, path);
  pthread_mutex_lock(&config_lock);
  gatehouse_config* old = current;
  current = next;
  pthread_mutex_unlock(&config_lock);
  gatehouse_config_release(old);
}

int main(int argc, char** argv) {
  CHECK(argc >= 2);
  const double seconds = argc > 2 ? atof(argv[2]) : 3;
  char folder[256];
  char plugin[512];
  make_folder(folder, sizeof folder);
  snprintf(plugin, sizeof plugin, "%s/probe.so", folder);
  copy_file(argv[1], plugin);

  gatehouse_runtime* runtime = open_runtime(GATEHOUSE_MODE_THREADS);
  reload(runtime, folder, plugin, 0);
  CHECK(thread_count() == 1);
  start_runtime(runtime);

  pthread_t threads[askers];
  int numbers[askers];
  for (int i = 0; i < askers; ++i) {
    numbers[i] = i;
    CHECK(pthread_create(&threads[i], NULL, ask, &numbers[i]) == 0);
  }
  static struct question questions[in_flight];
  const time_t began = time(NULL);
  for (int round = 0; difftime(time(NULL), began) < seconds; ++round) {
    send_round(runtime, questions, round);
    if (round % 10 == 9) reload(runtime, folder, plugin, round / 10);
  }
  gatehouse_runtime_stop(runtime);
  atomic_store(&over, 1);
  for (int i = 0; i < askers; ++i) pthread_join(threads[i], NULL);
  const long after_stop = atomic_load(&dispatched);
  gatehouse_runtime_dispatch(runtime);
  CHECK(atomic_load(&dispatched) == after_stop);
  gatehouse_config_release(current);
  gatehouse_runtime_close(runtime);
  CHECK(atomic_load(&granted) > 100);
  CHECK(atomic_load(&refused) > 10);
  CHECK(atomic_load(&dispatched) > 10);
  printf("granted %ld, refused %ld, dispatched %ld\n", atomic_load(&granted), atomic_load(&refused),
         atomic_load(&dispatched));
  remove_folder(folder);
  return 0;
}
