/* SPDX-License-Identifier: Apache-2.0 */
/* A small plugin with the one defect that the build asks for, or none (GATEHOUSE_TEST_SOUND). */
#include <gatehouse/plugin.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define STR(text) \
  { text, sizeof(text) - 1 }

#if defined(GATEHOUSE_TEST_ABORTS)
__attribute__((constructor)) static void at_load(void) {
  abort();
}
#elif defined(GATEHOUSE_TEST_EXITS)
__attribute__((constructor)) static void at_load(void) {
  _exit(0);
}
#endif

static const gatehouse_host_api* host_api;
static gatehouse_host* its_host;

#if defined(GATEHOUSE_TEST_THREADS)
static void* wait_for_ever(void* unused) {
  (void)unused;
  while (pause() != 0) continue;
  return NULL;
}
#endif

static void* create(gatehouse_host* host, const gatehouse_host_api* api, const gatehouse_option_value* values,
                    size_t count) {
  (void)values;
  (void)count;
  host_api = api;
  its_host = host;
#if defined(GATEHOUSE_TEST_THREADS)
  pthread_t thread;
  if (pthread_create(&thread, NULL, wait_for_ever, NULL) != 0) return NULL;
#elif defined(GATEHOUSE_TEST_WAITS)
  /* As long as that file is there. */
  const char* path = getenv("TRIED_WAITS_FOR");
  const struct timespec nap = {0, 10000000};
  while (path != NULL && access(path, F_OK) == 0) nanosleep(&nap, NULL);
#endif
  return &host_api;
}

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  (void)instance;
#if defined(GATEHOUSE_TEST_GRANTS)
  const gatehouse_str anybody = STR("anybody");
  host_api->set_subject(its_host, call, request->user.size > 0 ? request->user : anybody);
  return GATEHOUSE_VERDICT_GRANTED;
#else
  (void)request;
  (void)call;
  return GATEHOUSE_VERDICT_NOT_MINE;
#endif
}

static void destroy(void* instance) {
  (void)instance;
}

GATEHOUSE_PLUGIN_EXPORT const gatehouse_plugin* gatehouse_plugin_v1(void) {
  static const gatehouse_plugin plugin = {.abi_major = GATEHOUSE_ABI_MAJOR,
                                          .abi_minor = GATEHOUSE_ABI_MINOR,
                                          .struct_size = sizeof(gatehouse_plugin),
                                          .credentials = GATEHOUSE_CREDENTIAL_PASSWORD,
                                          .traits = GATEHOUSE_TRAIT_CPU,
                                          .id = STR("tried"),
                                          .version = STR("1.0"),
                                          .summary = STR("Knows nobody."),
                                          .create = create,
                                          .authenticate = authenticate,
                                          .destroy = destroy};
  return &plugin;
}
