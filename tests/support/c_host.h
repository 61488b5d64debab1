/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_TESTS_C_HOST_H
#define GATEHOUSE_TESTS_C_HOST_H
/* What the small hosts in C share: checks, a private folder with a copy of a plugin and a configuration, requests. */
#include <dirent.h>
#include <gatehouse/gatehouse.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Ends the process with a message unless `condition` holds. _exit: a forked child must not run its parent's exits. */
#define CHECK(condition)                                                                  \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      fprintf(stderr, "%s:%d: [%d] %s\n", __FILE__, __LINE__, (int)getpid(), #condition); \
      _exit(1);                                                                           \
    }                                                                                     \
  } while (0)

static inline gatehouse_str str(const char* text) {
  gatehouse_str s = {text, strlen(text)};
  return s;
}

static inline int same(gatehouse_str s, const char* text) {
  return s.size == strlen(text) && memcmp(s.data, text, s.size) == 0;
}

static inline gatehouse_request password_request(const char* user, const char* password) {
  gatehouse_request request;
  memset(&request, 0, sizeof request);
  request.struct_size = sizeof request;
  request.credential = GATEHOUSE_CREDENTIAL_PASSWORD;
  request.user = str(user);
  request.password = str(password);
  return request;
}

static inline int thread_count(void) {
  int count = 0;
  DIR* tasks = opendir("/proc/self/task");
  CHECK(tasks != NULL);
  for (struct dirent* entry = readdir(tasks); entry != NULL; entry = readdir(tasks)) count += entry->d_name[0] != '.';
  closedir(tasks);
  return count;
}

/* Whether no other thread is left. Who joins a thread goes on shortly before the system takes that thread off its list:
 * waits for that, but not for a plugin that was left behind, which takes two seconds. */
static inline int alone(void) {
  struct timespec began;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &began);
  while (thread_count() != 1) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    if ((now.tv_sec - began.tv_sec) * 1000 + (now.tv_nsec - began.tv_nsec) / 1000000 > 1500) return 0;
    sched_yield();
  }
  return 1;
}

static inline void make_folder(char* path, size_t size) {
  snprintf(path, size, "/tmp/gatehouse-probe-XXXXXX");
  CHECK(mkdtemp(path) != NULL);
}

static inline void remove_folder(const char* path) {
  char file[512];
  DIR* folder = opendir(path);
  if (folder == NULL) return;
  for (struct dirent* entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
    unlink(file);
  }
  closedir(folder);
  rmdir(path);
}

/* Copies a file with mode 0755: the folder of a build may be open to a group, this one is not. */
static inline void copy_file(const char* from, const char* to) {
  char block[65536];
  FILE* in = fopen(from, "rb");
  FILE* out = fopen(to, "wb");
  CHECK(in != NULL && out != NULL);
  for (size_t got = fread(block, 1, sizeof block, in); got > 0; got = fread(block, 1, sizeof block, in)) {
    CHECK(fwrite(block, 1, got, out) == got);
  }
  CHECK(fclose(in) == 0 && fclose(out) == 0);
  CHECK(chmod(to, 0755) == 0);
}

static inline void write_file(const char* path, const char* text) {
  FILE* out = fopen(path, "wb");
  CHECK(out != NULL);
  CHECK(fputs(text, out) >= 0);
  CHECK(fclose(out) == 0);
  CHECK(chmod(path, 0600) == 0);
}

static inline gatehouse_runtime* open_runtime(uint32_t mode) {
  gatehouse_runtime_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.mode = mode;
  char* error = NULL;
  gatehouse_runtime* runtime = gatehouse_runtime_open(&options, &error);
  if (runtime == NULL) fprintf(stderr, "%s\n", error);
  CHECK(runtime != NULL);
  return runtime;
}

static inline gatehouse_config* load_config(gatehouse_runtime* runtime, const char* path) {
  gatehouse_config_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.file = str(path);
  char* error = NULL;
  gatehouse_config* config = gatehouse_config_load(runtime, &options, &error);
  if (config == NULL) fprintf(stderr, "%s\n", error);
  CHECK(config != NULL);
  return config;
}

static inline void start_runtime(gatehouse_runtime* runtime) {
  char* error = NULL;
  const int started = gatehouse_runtime_start(runtime, &error);
  if (!started) fprintf(stderr, "%s\n", error);
  CHECK(started == 1);
}

#endif
