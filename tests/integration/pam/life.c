/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PAM door in hosts that make it hard: forked, with threads, with nothing left to open, without standard
 * descriptors; and again and again.
 *
 *   pam_life MODULE.so PLUGIN.so
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "pam_host.h"

static Yard here;

static int good(const char* user, const char* password) {
  return log_in(here.services, "good", user, password);
}

/* Runs `body` in a child, which ends with _exit(0) unless a CHECK fails. */
static void in_child(void (*body)(void)) {
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    alarm(120);
    body();
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void ask_in_child(void) {
  CHECK(good("bob", "right") == PAM_SUCCESS);
  CHECK(good("bob", "wrong") == PAM_AUTH_ERR);
}

/* A handle from before fork() is used in parent and child. */
static void expect_fork(void) {
  Person person = {answers, {"right"}, 0, {{0}}};
  Session session;
  begin(&session, here.services, "good", "bob", &person);
  CHECK(pam_authenticate(session.pam, 0) == PAM_SUCCESS);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    alarm(120);
    CHECK(pam_authenticate(session.pam, 0) == PAM_SUCCESS);
    CHECK(pam_acct_mgmt(session.pam, 0) == PAM_SUCCESS);
    pam_end(session.pam, 0);
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK(pam_authenticate(session.pam, 0) == PAM_SUCCESS);
  pam_end(session.pam, 0);
  in_child(ask_in_child);
}

static void without_standard_descriptors(void) {
  for (int fd = 0; fd < 3; ++fd) close(fd);
  if (good("bob", "right") != PAM_SUCCESS) _exit(2);
  for (int fd = 0; fd < 3; ++fd) {
    if (fcntl(fd, F_GETFD) != -1 || errno != EBADF) _exit(3);
  }
}

static bool refuses_for_want(int result) {
  return result == PAM_AUTHINFO_UNAVAIL || result == PAM_SERVICE_ERR || result == PAM_BUF_ERR ||
         result == PAM_SYSTEM_ERR || result == PAM_ABORT || result == PAM_PERM_DENIED;
}

/* From no descriptor at all up to enough: a refusal each time, and then it works. */
static void with_few_descriptors(void) {
  CHECK(good("bob", "right") == PAM_SUCCESS); /* everything is loaded now */
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  int result = PAM_AUTH_ERR;
  for (rlim_t free_ones = 0; free_ones < 32 && result != PAM_SUCCESS; ++free_ones) {
    const struct rlimit low = {4 + free_ones, limit.rlim_max};
    Person person = {answers, {"right"}, 0, {{0}}};
    Session session;
    begin(&session, here.services, "good", "bob", &person);
    CHECK(setrlimit(RLIMIT_NOFILE, &low) == 0);
    result = pam_authenticate(session.pam, 0);
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    pam_end(session.pam, result);
    CHECK(result == PAM_SUCCESS || refuses_for_want(result));
  }
  CHECK(result == PAM_SUCCESS);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* The address space has no room: a step at a time more, until there is. */
static void with_little_memory(void) {
  CHECK(good("bob", "right") == PAM_SUCCESS);
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_AS, &limit) == 0);
  FILE* const statm = fopen("/proc/self/statm", "r");
  unsigned long pages = 0;
  CHECK(statm != NULL && fscanf(statm, "%lu", &pages) == 1);
  fclose(statm);
  const rlim_t used = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
  for (rlim_t more = 0; more < 64 * 1024; more += 4096) {
    const struct rlimit low = {used + more, limit.rlim_max};
    CHECK(setrlimit(RLIMIT_AS, &low) == 0);
    const int result = good("bob", "right");
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    CHECK(result == PAM_SUCCESS || refuses_for_want(result));
    CHECK(good("bob", "wrong") == PAM_AUTH_ERR);
  }
}

static void with_little_stack(void) {
  const struct rlimit low = {(rlim_t)256 * 1024, (rlim_t)256 * 1024};
  CHECK(setrlimit(RLIMIT_STACK, &low) == 0);
  ask_in_child();
}
#endif

/* What no module may change for its host. */
typedef struct Surroundings {
  char folder[4096];
  char locale[256];
  mode_t mask;
  struct sigaction actions[32];
  sigset_t blocked;
} Surroundings;

static void look_around(Surroundings* into) {
  memset(into, 0, sizeof *into);
  CHECK(getcwd(into->folder, sizeof into->folder) != NULL);
  snprintf(into->locale, sizeof into->locale, "%s", setlocale(LC_ALL, NULL));
  into->mask = umask(0);
  umask(into->mask);
  for (int i = 1; i < 32; ++i) CHECK(sigaction(i, NULL, &into->actions[i]) == 0);
  CHECK(pthread_sigmask(SIG_SETMASK, NULL, &into->blocked) == 0);
}

static void expect_nothing_changed(void) {
  static Surroundings before;
  static Surroundings after;
  look_around(&before);
  CHECK(good("bob", "right") == PAM_SUCCESS);
  CHECK(good("bob", "wrong") == PAM_AUTH_ERR);
  look_around(&after);
  CHECK(strcmp(before.folder, after.folder) == 0 && strcmp(before.locale, after.locale) == 0);
  CHECK(before.mask == after.mask);
  for (int i = 1; i < 32; ++i) CHECK(before.actions[i].sa_handler == after.actions[i].sa_handler);
  for (int i = 1; i < 32; ++i) CHECK(sigismember(&before.blocked, i) == sigismember(&after.blocked, i));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
enum { not_secure = 77, nobody = 65534 };

/* In the copy that runs with root's rights for somebody else, as sudo does. */
static int ask_as_root_for_nobody(const char* services) {
  if (getauxval(AT_SECURE) != 1) return not_secure;
  CHECK(getuid() == nobody && geteuid() == 0);
  CHECK(log_in(services, "good", "bob", "right") == PAM_SUCCESS);
  CHECK(log_in(services, "good", "bob", "wrong") == PAM_AUTH_ERR);
  return 0;
}

/* Nothing of the caller counts: neither his environment nor his folder, where all that could be looked for is a trap.
 */
static void expect_setuid(void) {
  char host[300];
  char trap[300];
  char path[400];
  char text[512];
  static const char* const traps[] = {"gatehouse.toml", "good.toml", "openssl.cnf", "questions.so", "questions.plugin"};
  static const char* const names[] = {"LD_LIBRARY_PATH", "OPENSSL_CONF",    "OPENSSL_MODULES", "HOME",
                                      "TMPDIR",          "XDG_CONFIG_HOME", "GATEHOUSE_CONFIG"};
  static char variables[7][400];
  char* environment[8] = {NULL};
  if (getuid() != 0) {
    printf("not root: no setuid host is tried\n");
    return;
  }
  snprintf(host, sizeof host, "%s/host", here.folder);
  snprintf(trap, sizeof trap, "%s/trap", here.folder);
  copy_file("/proc/self/exe", host);
  CHECK(chmod(host, 04755) == 0 && chmod(here.folder, 0711) == 0);
  CHECK(mkdir(trap, 0755) == 0);
  for (size_t i = 0; i < sizeof traps / sizeof *traps; ++i) {
    snprintf(path, sizeof path, "%s/%s", trap, traps[i]);
    write_file(path, "openssl_conf = broken\n[broken\n");
  }
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    snprintf(variables[i], sizeof variables[i], "%s=%s%s", names[i], trap, i == 1 ? "/openssl.cnf" : "");
    environment[i] = variables[i];
  }
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    alarm(120);
    snprintf(text, sizeof text, "--services=%s", here.services);
    char* const words[] = {host, text, NULL};
    CHECK(chdir(trap) == 0 && setgid(nobody) == 0 && setuid(nobody) == 0);
    execve(host, words, environment);
    _exit(1);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  if (WEXITSTATUS(status) == not_secure) printf("%s: no setuid here; not tried\n", here.folder);
  CHECK(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == not_secure);
  for (size_t i = 0; i < sizeof traps / sizeof *traps; ++i) {
    snprintf(path, sizeof path, "%s/%s", trap, traps[i]);
    CHECK(unlink(path) == 0);
  }
  CHECK(rmdir(trap) == 0);
}
#endif

static void* ask_often(void* wrong) {
  for (int i = 0; i < 2; ++i) CHECK(good("bob", wrong) == PAM_AUTH_ERR);
  for (int i = 0; i < 2; ++i) CHECK(good("bob", "right") == PAM_SUCCESS);
  return NULL;
}

static void expect_parallel(void) {
  static char wrong[] = "wrong";
  enum { count = 200 };
  static pthread_t threads[count];
  const int descriptors = descriptor_count();
  for (size_t i = 0; i < count; ++i) CHECK(pthread_create(&threads[i], NULL, ask_often, wrong) == 0);
  for (size_t i = 0; i < count; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
  CHECK(alone());
  CHECK(descriptor_count() == descriptors);
}

static long resident_kib(void) {
  char line[256];
  long kib = -1;
  FILE* const status = fopen("/proc/self/status", "r");
  CHECK(status != NULL);
  while (fgets(line, sizeof line, status) != NULL) {
    if (strncmp(line, "VmRSS:", 6) == 0) kib = strtol(line + 6, NULL, 10);
  }
  fclose(status);
  return kib;
}

static void expect_stable(int times) {
  const int descriptors = descriptor_count();
  long warm = 0;
  for (int i = 0; i < times; ++i) {
    CHECK(good("bob", i % 10 == 0 ? "wrong" : "right") == (i % 10 == 0 ? PAM_AUTH_ERR : PAM_SUCCESS));
    if (i == times / 10) warm = resident_kib();
  }
  CHECK(descriptor_count() == descriptors);
  CHECK(thread_count() == 1);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  (void)warm;
#else
  CHECK(resident_kib() - warm < 2048);
#endif
}

int main(int argc, char** argv) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  if (argc == 2 && strncmp(argv[1], "--services=", 11) == 0) return ask_as_root_for_nobody(argv[1] + 11);
#endif
  CHECK(argc == 3);
  make_yard(&here, argv[1], argv[2]);
  in_child(without_standard_descriptors);
  in_child(with_few_descriptors);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  in_child(with_little_memory);
  in_child(with_little_stack);
  expect_setuid();
  const int times = 10000;
#else
  const int times = 300;
#endif
  expect_fork();
  expect_nothing_changed();
  expect_parallel();
  expect_stable(times);
  remove_yard(&here);
  return 0;
}
