/* SPDX-License-Identifier: Apache-2.0 */
/* A backend with one user, named in the configuration, in C. Everybody else is left to the next backend. */
#define _DEFAULT_SOURCE
#include <gatehouse/plugin.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) \
  { literal, sizeof(literal) - 1 }

typedef struct static_user {
  gatehouse_host* host;
  const gatehouse_host_api* api;
  gatehouse_str user; /* both own their bytes */
  gatehouse_str password;
} static_user;

static const gatehouse_option options[] = {
    {.struct_size = sizeof(gatehouse_option),
     .type = GATEHOUSE_OPTION_TEXT,
     .flags = GATEHOUSE_OPTION_REQUIRED,
     .name = TEXT("user"),
     .help = TEXT("The user's name.")},
    {.struct_size = sizeof(gatehouse_option),
     .type = GATEHOUSE_OPTION_TEXT,
     .flags = GATEHOUSE_OPTION_REQUIRED | GATEHOUSE_OPTION_SECRET,
     .name = TEXT("password"),
     .help = TEXT("The user's password.")},
};

/* What create() is given is valid only until it returns. */
static int copy(gatehouse_str from, gatehouse_str* into) {
  char* bytes = malloc(from.size);
  if (bytes == NULL) return 0;
  memcpy(bytes, from.data, from.size);
  *into = (gatehouse_str){bytes, from.size};
  return 1;
}

static int same(gatehouse_str a, gatehouse_str b) {
  return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* Takes as long for a wrong secret as for the right one: what it takes depends on what the caller sent alone. */
static int same_secret(gatehouse_str given, gatehouse_str secret) {
  unsigned char difference = given.size != secret.size;
  for (size_t i = 0; i < given.size; ++i) {
    difference |= (unsigned char)(given.data[i] ^ secret.data[i % secret.size]);
  }
  return difference == 0;
}

static void destroy(void* instance) {
  static_user* self = instance;
  if (self->password.data != NULL) explicit_bzero((void*)(uintptr_t)self->password.data, self->password.size);
  free((void*)(uintptr_t)self->password.data);
  free((void*)(uintptr_t)self->user.data);
  free(self);
}

static void* create(gatehouse_host* host, const gatehouse_host_api* api, const gatehouse_option_value* values,
                    size_t value_count) {
  for (size_t i = 0; i < value_count; ++i) {
    if (values[i].text.size > 0) continue;
    api->config_error(host, options[i].name, (gatehouse_str)TEXT("must not be empty"));
    return NULL;
  }
  static_user* self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  self->host = host;
  self->api = api;
  if (copy(values[0].text, &self->user) && copy(values[1].text, &self->password)) return self;
  destroy(self);
  api->config_error(host, (gatehouse_str){NULL, 0}, (gatehouse_str)TEXT("out of memory"));
  return NULL;
}

/* On several threads at once: it only reads. */
static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  const static_user* self = instance;
  if (!same(request->user, self->user)) {
    self->api->set_reason(self->host, call, GATEHOUSE_REASON_UNKNOWN_USER);
    return GATEHOUSE_VERDICT_NOT_MINE;
  }
  if (!self->api->claim_subject(self->host, call, self->user)) return GATEHOUSE_VERDICT_UNAVAILABLE;
  if (!same_secret(request->password, self->password)) {
    self->api->set_reason(self->host, call, GATEHOUSE_REASON_BAD_CREDENTIAL);
    return GATEHOUSE_VERDICT_DENIED;
  }
  self->api->set_subject(self->host, call, self->user);
  return GATEHOUSE_VERDICT_GRANTED;
}

GATEHOUSE_PLUGIN_EXPORT const gatehouse_plugin* gatehouse_plugin_v1(void) {
  static const gatehouse_plugin plugin = {
      .abi_major = GATEHOUSE_ABI_MAJOR,
      .abi_minor = GATEHOUSE_ABI_MINOR,
      .struct_size = sizeof plugin,
      .credentials = GATEHOUSE_CREDENTIAL_PASSWORD,
      .traits = GATEHOUSE_TRAIT_CPU,
      .id = TEXT("static-user-c"),
      .version = TEXT("1.0"),
      .summary = TEXT("One user, named in the configuration."),
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .create = create,
      .authenticate = authenticate,
      .destroy = destroy,
  };
  return &plugin;
}
