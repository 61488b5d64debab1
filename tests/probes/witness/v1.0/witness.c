/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The witness of plugin boundary 1.0: see README.md. Never edit it.
 *
 * Users: "all" says everything that can be said of a call, "once" is not to be remembered, "challenge" is asked for
 * more, "forbidden", "denied" and "down" are that, "forget" makes it invalidate "all", "forget-everybody" everybody;
 * others are not its own. A token "t-NAME" is NAME's. The answer "42" to its challenge grants. "lied" is a breach of
 * the contract.
 */
#include <gatehouse/plugin.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  text_option,
  list_option,
  flag_option,
  integer_option,
  duration_option,
  size_option,
  path_option,
  secret_option
};

typedef struct witness {
  gatehouse_host* host;
  const gatehouse_host_api* api;
  char text[64];
  char list[256];
  char secret[64];
  char path[256];
  int64_t flag;
  int64_t integer;
  int64_t duration;
  int64_t size;
  atomic_int started;
  atomic_int runs;
} witness;

static gatehouse_str str(const char* words) {
  const gatehouse_str s = {words, strlen(words)};
  return s;
}

static int is(gatehouse_str s, const char* words) {
  return s.size == strlen(words) && memcmp(s.data, words, s.size) == 0;
}

static void keep(char* to, size_t capacity, gatehouse_str from) {
  const size_t size = from.size < capacity ? from.size : capacity - 1;
  if (size > 0) memcpy(to, from.data, size);
  to[size] = '\0';
}

static void* create(gatehouse_host* host, const gatehouse_host_api* api, const gatehouse_option_value* values,
                    size_t value_count) {
  if (api->abi_major != 1 || api->struct_size < sizeof(gatehouse_host_api) || value_count != 8) return NULL;
  if (!values[text_option].present || !values[secret_option].present) {
    api->config_error(host, str("text"), str("and secret_file are needed"));
    return NULL;
  }
  if (values[integer_option].number == 13) {
    api->config_error(host, str("integer"), str("is unlucky"));
    return NULL;
  }
  witness* self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  self->host = host;
  self->api = api;
  keep(self->text, sizeof self->text, values[text_option].text);
  keep(self->secret, sizeof self->secret, values[secret_option].text);
  keep(self->path, sizeof self->path, values[path_option].text);
  self->flag = values[flag_option].number;
  self->integer = values[integer_option].number;
  self->duration = values[duration_option].number;
  self->size = values[size_option].number;
  for (size_t i = 0; i < values[list_option].list_size; ++i) {
    const size_t used = strlen(self->list);
    keep(self->list + used, sizeof self->list - used - 1, values[list_option].list[i]);
    strcat(self->list, ";");
  }
  api->log(host, GATEHOUSE_LOG_INFO, str("created"));
  return self;
}

static int32_t start(void* instance) {
  witness* self = instance;
  if (strcmp(self->text, "wontstart") == 0) {
    self->api->config_error(self->host, str("text"), str("asks it not to start"));
    return 0;
  }
  const gatehouse_cost* cost = self->api->get_extension(self->host, str(GATEHOUSE_EXT_COST));
  if (cost != NULL) cost->set_refusal_cost(self->host, 1000);
  if (self->api->get_extension(self->host, str("gatehouse.nothing/1")) != NULL) return 0;
  atomic_fetch_add(&self->started, 1);
  self->api->wake_after(self->host, 1);
  return 1;
}

static void run(void* instance) {
  witness* self = instance;
  if (atomic_fetch_add(&self->runs, 1) < 2) self->api->wake_after(self->host, 1);
}

static void say(witness* self, gatehouse_call* call, const char* name, const char* value) {
  self->api->add_attribute(self->host, call, str(name), str(value));
}

static void say_number(witness* self, gatehouse_call* call, const char* name, int64_t number) {
  char words[32];
  snprintf(words, sizeof words, "%lld", (long long)number);
  say(self, call, name, words);
}

static gatehouse_verdict grant_all(witness* self, const gatehouse_request* request, gatehouse_call* call) {
  const gatehouse_host_api* api = self->api;
  gatehouse_host* host = self->host;
  if (api->claim_subject(host, call, str("all")) != 1) return GATEHOUSE_VERDICT_UNAVAILABLE;
  if (!is(request->password, self->secret)) {
    api->set_reason(host, call, GATEHOUSE_REASON_BAD_CREDENTIAL);
    api->set_detail(host, call, str("another word than the secret"));
    return GATEHOUSE_VERDICT_DENIED;
  }
  const int64_t now = api->wall_ms(host);
  const uint32_t left = api->remaining_ms(host, call);
  api->set_subject(host, call, str("all"));
  api->add_group(host, call, str("first"));
  api->add_group(host, call, str("second"));
  api->set_expiry(host, call, now + 3600000);
  api->cache_until(host, call, now + 1800000);
  api->set_detail(host, call, str("everything was said"));
  say(self, call, "text", self->text);
  say(self, call, "list", self->list);
  say(self, call, "path", self->path);
  say_number(self, call, "flag", self->flag);
  say_number(self, call, "integer", self->integer);
  say_number(self, call, "duration", self->duration);
  say_number(self, call, "size", self->size);
  say_number(self, call, "started", atomic_load(&self->started));
  say_number(self, call, "time", left > 0 && left <= 3600000 && api->monotonic_ms(host) > 0 && now > 0);
  char realm[64];
  keep(realm, sizeof realm, request->realm);
  say(self, call, "realm", realm);
  for (size_t i = 0; i < request->attribute_count; ++i) {
    api->add_attribute(host, call, request->attributes[i].name, request->attributes[i].value);
  }
  api->log(host, GATEHOUSE_LOG_DEBUG, str("granted"));
  return GATEHOUSE_VERDICT_GRANTED;
}

static gatehouse_verdict challenge(witness* self, gatehouse_call* call) {
  const gatehouse_pair parameters[] = {{str("realm"), str("here")}, {str("nonce"), str("n1")}};
  const gatehouse_pair prompt = {str("hidden"), str("The number?")};
  const gatehouse_pair location = {str("location"), str("https://sso.example/")};
  const gatehouse_challenge challenges[] = {
      {sizeof(gatehouse_challenge), GATEHOUSE_CHALLENGE_HTTP_AUTH, str("Witness"), parameters, 2, {NULL, 0}},
      {sizeof(gatehouse_challenge), GATEHOUSE_CHALLENGE_PROMPT, {NULL, 0}, &prompt, 1, str("state-1")},
      {sizeof(gatehouse_challenge), GATEHOUSE_CHALLENGE_REDIRECT, {NULL, 0}, &location, 1, {NULL, 0}}};
  for (size_t i = 0; i < 3; ++i) {
    if (self->api->add_challenge(self->host, call, &challenges[i]) != 1) return GATEHOUSE_VERDICT_UNAVAILABLE;
  }
  return GATEHOUSE_VERDICT_CHALLENGE;
}

static gatehouse_verdict ask_password(witness* self, const gatehouse_request* request, gatehouse_call* call) {
  const gatehouse_host_api* api = self->api;
  gatehouse_host* host = self->host;
  if (is(request->user, "all")) return grant_all(self, request, call);
  if (is(request->user, "challenge")) return challenge(self, call);
  if (is(request->user, "once") || is(request->user, "forbidden")) {
    api->set_subject(host, call, request->user);
    api->no_store(host, call);
    return is(request->user, "once") ? GATEHOUSE_VERDICT_GRANTED : GATEHOUSE_VERDICT_FORBIDDEN;
  }
  if (is(request->user, "runs")) {
    api->set_subject(host, call, request->user);
    api->no_store(host, call);
    say_number(self, call, "runs", atomic_load(&self->runs));
    return GATEHOUSE_VERDICT_GRANTED;
  }
  if (is(request->user, "forget")) api->invalidate(host, str("all"));
  if (is(request->user, "forget-everybody")) api->invalidate(host, str(""));
  if (is(request->user, "denied") || strncmp(request->user.data, "forget", 6) == 0) return GATEHOUSE_VERDICT_DENIED;
  if (is(request->user, "down")) return GATEHOUSE_VERDICT_UNAVAILABLE;
  if (is(request->user, "lied")) return GATEHOUSE_VERDICT_GRANTED;
  return GATEHOUSE_VERDICT_NOT_MINE;
}

static gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  witness* self = instance;
  if (request->struct_size < sizeof *request) return GATEHOUSE_VERDICT_UNAVAILABLE;
  switch (request->credential) {
    case GATEHOUSE_CREDENTIAL_PASSWORD:
      return ask_password(self, request, call);
    case GATEHOUSE_CREDENTIAL_BEARER:
      if (request->token.size <= 2 || memcmp(request->token.data, "t-", 2) != 0) return GATEHOUSE_VERDICT_NOT_MINE;
      self->api->set_subject(self->host, call, (gatehouse_str){request->token.data + 2, request->token.size - 2});
      return GATEHOUSE_VERDICT_GRANTED;
    case GATEHOUSE_CREDENTIAL_RESPONSE:
      if (!is(request->state, "state-1") || request->response_count != 1) return GATEHOUSE_VERDICT_NOT_MINE;
      if (!is(request->responses[0], "42")) return GATEHOUSE_VERDICT_DENIED;
      self->api->set_subject(self->host, call, str("prompted"));
      return GATEHOUSE_VERDICT_GRANTED;
    default:
      return GATEHOUSE_VERDICT_UNAVAILABLE;
  }
}

static void stop(void* instance) {
  atomic_fetch_sub(&((witness*)instance)->started, 1);
}

static void destroy(void* instance) {
  witness* self = instance;
  if (atomic_load(&self->started) != 0) abort();
  free(self);
}

static int32_t parse_uri(gatehouse_str uri, void* context,
                         void (*emit)(void* context, gatehouse_str option, gatehouse_str value),
                         void (*error)(void* context, gatehouse_str message)) {
  const size_t scheme = strlen("witness:");
  const gatehouse_str rest = {uri.data + scheme, uri.size - scheme};
  const char* comma = memchr(rest.data, ',', rest.size);
  if (comma == NULL) {
    error(context, str("is written witness:TEXT,SECRETFILE"));
    return 0;
  }
  const size_t first = (size_t)(comma - rest.data);
  emit(context, str("text"), (gatehouse_str){rest.data, first});
  emit(context, str("list"), str("one"));
  emit(context, str("list"), str("two"));
  emit(context, str("secret_file"), (gatehouse_str){comma + 1, rest.size - first - 1});
  return 1;
}

static const void* get_extension(gatehouse_str id) {
  static const gatehouse_background background = {run};
  static const gatehouse_uri uri = {parse_uri};
  if (is(id, GATEHOUSE_EXT_BACKGROUND)) return &background;
  if (is(id, GATEHOUSE_EXT_URI)) return &uri;
  return NULL;
}

#define TEXT(words) \
  { words, sizeof(words) - 1 }
#define NONE \
  { NULL, 0 }

GATEHOUSE_PLUGIN_EXPORT const gatehouse_plugin* gatehouse_plugin_v1(void);
GATEHOUSE_PLUGIN_EXPORT const gatehouse_plugin* gatehouse_plugin_v1(void) {
  static const gatehouse_option options[] = {
      {sizeof(gatehouse_option), GATEHOUSE_OPTION_TEXT, GATEHOUSE_OPTION_REQUIRED, 0, TEXT("text"), NONE,
       TEXT("plain|fancy|wontstart"), TEXT("A word"), 0, 0},
      {sizeof(gatehouse_option), GATEHOUSE_OPTION_TEXT_LIST, 0, 0, TEXT("list"), TEXT("a,b"), NONE, TEXT("Some words"),
       0, 0},
      {sizeof(gatehouse_option), GATEHOUSE_OPTION_BOOLEAN, 0, 0, TEXT("flag"), TEXT("true"), NONE, TEXT("Yes or no"), 0,
       0},
      {sizeof(gatehouse_option), GATEHOUSE_OPTION_INTEGER, 0, 0, TEXT("integer"), TEXT("-5"), NONE, TEXT("A number"),
       -10, 100},
      {sizeof(gatehouse_option), GATEHOUSE_OPTION_DURATION, 0, 0, TEXT("duration"), TEXT("250ms"), NONE,
       TEXT("How long"), 0, 0},
      {sizeof(gatehouse_option), GATEHOUSE_OPTION_SIZE, 0, 0, TEXT("size"), TEXT("64KiB"), NONE, TEXT("How much"), 0,
       0},
      {sizeof(gatehouse_option), GATEHOUSE_OPTION_PATH, 0, 0, TEXT("path"), TEXT("/nowhere"), NONE, TEXT("Where"), 0,
       0},
      {sizeof(gatehouse_option), GATEHOUSE_OPTION_TEXT, GATEHOUSE_OPTION_SECRET | GATEHOUSE_OPTION_REQUIRED, 0,
       TEXT("secret"), NONE, NONE, TEXT("The password of all"), 0, 0},
  };
  static const gatehouse_str attributes[] = {TEXT("client.address"), TEXT("http.method")};
  static const gatehouse_plugin plugin = {
      GATEHOUSE_ABI_MAJOR,
      GATEHOUSE_ABI_MINOR,
      sizeof(gatehouse_plugin),
      GATEHOUSE_CREDENTIAL_PASSWORD | GATEHOUSE_CREDENTIAL_BEARER | GATEHOUSE_CREDENTIAL_RESPONSE,
      GATEHOUSE_TRAIT_CPU | GATEHOUSE_TRAIT_NETWORK,
      0,
      TEXT("witness"),
      TEXT("1.0"),
      TEXT("Stands for every plugin of boundary 1.0"),
      TEXT("text"),
      options,
      sizeof options / sizeof options[0],
      attributes,
      sizeof attributes / sizeof attributes[0],
      create,
      start,
      authenticate,
      stop,
      destroy,
      get_extension,
  };
  return &plugin;
}
