/* SPDX-License-Identifier: Apache-2.0 */
#include "engine.h"

#include <security/pam_ext.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "text.h"

static void log_line(void* context, gatehouse_log_level level, gatehouse_str line) {
  static const int levels[] = {LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR};
  char* const text = printable_copy(line);
  if (text == NULL) return;
  pam_syslog(context, levels[level > GATEHOUSE_LOG_ERROR ? GATEHOUSE_LOG_ERROR : level], "%s", text);
  free(text);
}

/* The engine made it one that may be shown, and it may be longer than other lines. */
static void audit_line(void* context, gatehouse_str line) {
  pam_syslog(context, LOG_INFO, "%.*s", (int)line.size, line.data);
}

static bool say(pam_handle_t* pam, char* error) {
  for (char* line = error; line != NULL && *line != '\0';) {
    char* const end = strchr(line, '\n');
    const size_t size = end == NULL ? strlen(line) : (size_t)(end - line);
    log_line(pam, GATEHOUSE_LOG_ERROR, (gatehouse_str){line, size});
    line = end == NULL ? NULL : end + 1;
  }
  gatehouse_free(error);
  return false;
}

static size_t as_strings(const char* const* from, size_t count, gatehouse_str* into) {
  for (size_t i = 0; i < count; ++i) into[i] = as_str(from[i]);
  return count;
}

static gatehouse_runtime* open_runtime(pam_handle_t* pam, const door_arguments* from, char** error) {
  gatehouse_str folders[PAM_PLUGIN_DIRS_MAX];
  gatehouse_runtime_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.mode = GATEHOUSE_MODE_INLINE;
  options.plugin_dirs = folders;
  options.plugin_dir_count = as_strings(from->plugin_dirs, from->plugin_dir_count, folders);
  options.log = log_line;
  options.audit_log = audit_line;
  options.log_context = pam;
  options.log_level = from->debug ? GATEHOUSE_LOG_DEBUG : GATEHOUSE_LOG_WARNING;
  return gatehouse_runtime_open(&options, error);
}

static gatehouse_config* load(gatehouse_runtime* runtime, const door_arguments* from, char** error) {
  gatehouse_str backends[PAM_BACKENDS_MAX];
  gatehouse_config_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.file = as_str(from->config);
  options.backends = backends;
  options.backend_count = as_strings(from->backends, from->backend_count, backends);
  return gatehouse_config_load(runtime, &options, error);
}

bool engine_open(pam_handle_t* pam, const door_arguments* from, door_engine* into) {
  char* error = NULL;
  memset(into, 0, sizeof *into);
  into->runtime = open_runtime(pam, from, &error);
  if (into->runtime == NULL) return say(pam, error);
  into->config = load(into->runtime, from, &error);
  if (into->config == NULL) return say(pam, error);
  into->realm = gatehouse_config_realm(into->config, as_str(from->realm), &error);
  if (into->realm == NULL) return say(pam, error);
  return gatehouse_runtime_start(into->runtime, &error) ? true : say(pam, error);
}

/* The first challenge that a person can answer here. */
static bool copy_challenge(const gatehouse_decision* decision, door_answer* into) {
  gatehouse_challenge_head head;
  for (size_t i = 0; gatehouse_decision_challenge_head(decision, i, &head); ++i) {
    if (head.kind != GATEHOUSE_CHALLENGE_PROMPT) continue;
    for (size_t p = 0; p < head.parameter_count; ++p) {
      const gatehouse_pair pair = gatehouse_decision_challenge_parameter(decision, i, p);
      const bool echo = pair.name.size == 4 && memcmp(pair.name.data, "echo", 4) == 0;
      if (!answer_add_prompt(into, !echo, pair.value)) return false;
    }
    return answer_set_state(into, head.state);
  }
  return true;
}

static bool copy_answer(const gatehouse_decision* decision, door_answer* into) {
  into->reason = gatehouse_decision_reason(decision);
  into->expiry_ms = gatehouse_decision_expiry_ms(decision);
  into->subject = exact_copy(gatehouse_decision_claimed(decision));
  into->detail = printable_copy(gatehouse_decision_detail(decision));
  return into->subject != NULL && into->detail != NULL && copy_challenge(decision, into);
}

void engine_ask(const door_engine* engine, const door_question* question, door_answer* into) {
  const gatehouse_pair attributes[] = {{as_str("door"), as_str("pam")},
                                       {as_str("request.id"), as_str(question->id)},
                                       {as_str("client.address"), as_str(question->address)}};
  gatehouse_request request;
  memset(&request, 0, sizeof request);
  request.struct_size = sizeof request;
  request.credential = question->is_response ? GATEHOUSE_CREDENTIAL_RESPONSE : GATEHOUSE_CREDENTIAL_PASSWORD;
  request.user = question->user;
  request.password = question->password;
  request.state = question->state;
  request.responses = question->responses;
  request.response_count = question->response_count;
  request.attributes = attributes;
  request.attribute_count = question->address[0] != '\0' ? 3 : 2;
  gatehouse_decision* decision = NULL;
  const gatehouse_code code = gatehouse_decide(engine->realm, &request, 0, &decision);
  into->code = copy_answer(decision, into) ? code : GATEHOUSE_DECISION_UNAVAILABLE;
  gatehouse_decision_release(decision);
}

void engine_close(door_engine* engine) {
  gatehouse_realm_release(engine->realm);
  gatehouse_config_release(engine->config);
  gatehouse_runtime_close(engine->runtime);
}
