/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEHOUSE_TESTS_SOUND_H
#define GATEHOUSE_TESTS_SOUND_H
/*
 * A plugin without a defect, in pieces. Each file beside this one takes the pieces and breaks one.
 * It grants whoever asks: a host that overlooks the defect is seen to let somebody in.
 */
#include <gatehouse/plugin.h>
#include <string.h>

static gatehouse_host* host;
static const gatehouse_host_api* api;

static inline gatehouse_str text(const char* words) {
  gatehouse_str str = {words, strlen(words)};
  return str;
}

static inline int is(gatehouse_str str, const char* words) {
  return str.size == strlen(words) && memcmp(str.data, words, str.size) == 0;
}

static inline void* sound_create(gatehouse_host* given_host, const gatehouse_host_api* given_api,
                                 const gatehouse_option_value* values, size_t count) {
  (void)values;
  (void)count;
  host = given_host;
  api = given_api;
  return &host;
}

static inline gatehouse_verdict sound_authenticate(void* instance, const gatehouse_request* request,
                                                   gatehouse_call* call) {
  (void)instance;
  api->set_subject(host, call, request->user);
  return GATEHOUSE_VERDICT_GRANTED;
}

static inline void sound_destroy(void* instance) {
  (void)instance;
}

static inline gatehouse_plugin sound_plugin(const char* id) {
  gatehouse_plugin plugin;
  memset(&plugin, 0, sizeof plugin);
  plugin.abi_major = GATEHOUSE_ABI_MAJOR;
  plugin.abi_minor = GATEHOUSE_ABI_MINOR;
  plugin.struct_size = sizeof plugin;
  plugin.credentials = GATEHOUSE_CREDENTIAL_PASSWORD;
  plugin.id = text(id);
  plugin.version = text("1.0");
  plugin.create = sound_create;
  plugin.authenticate = sound_authenticate;
  plugin.destroy = sound_destroy;
  return plugin;
}

static inline gatehouse_option sound_option(const char* name) {
  gatehouse_option option;
  memset(&option, 0, sizeof option);
  option.struct_size = sizeof option;
  option.type = GATEHOUSE_OPTION_TEXT;
  option.name = text(name);
  return option;
}

#ifdef __cplusplus
#define BAD_PLUGIN_C extern "C"
#else
#define BAD_PLUGIN_C
#endif

/* BAD_PLUGIN(ID, statements): a sound plugin, after the statements have changed `plugin`. */
#define BAD_PLUGIN(ID, ...)                                                                \
  BAD_PLUGIN_C GATEHOUSE_PLUGIN_EXPORT const gatehouse_plugin* gatehouse_plugin_v1(void);  \
  BAD_PLUGIN_C GATEHOUSE_PLUGIN_EXPORT const gatehouse_plugin* gatehouse_plugin_v1(void) { \
    static gatehouse_plugin plugin;                                                        \
    plugin = sound_plugin(ID);                                                             \
    __VA_ARGS__                                                                            \
    return &plugin;                                                                        \
  }

#endif
