/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest PAM module that stands on <gatehouse/gatehouse.h>: `config=FILE`, `realm=NAME`. Inline mode: no thread
 * is started, none is left. Not the product's PAM module.
 */
#include <gatehouse/gatehouse.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <string.h>
#include <syslog.h>

static gatehouse_str as_str(const char* text) {
  const gatehouse_str s = {text, text == NULL ? 0 : strlen(text)};
  return s;
}

static const char* argument(int argc, const char** argv, const char* name) {
  const size_t size = strlen(name);
  for (int i = 0; i < argc; ++i) {
    if (strncmp(argv[i], name, size) == 0) return argv[i] + size;
  }
  return NULL;
}

static void log_line(void* context, gatehouse_log_level level, gatehouse_str line) {
  static const int levels[] = {LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR};
  pam_syslog(context, levels[level > 3 ? 3 : level], "%.*s", (int)line.size, line.data);
}

static int as_pam(gatehouse_code code) {
  switch (code) {
    case GATEHOUSE_DECISION_GRANTED:
      return PAM_SUCCESS;
    case GATEHOUSE_DECISION_DENIED:
    case GATEHOUSE_DECISION_CHALLENGE: /* prompts are not shown here */
    case GATEHOUSE_DECISION_MALFORMED:
      return PAM_AUTH_ERR;
    case GATEHOUSE_DECISION_THROTTLED:
      return PAM_MAXTRIES;
    case GATEHOUSE_DECISION_FORBIDDEN:
      return PAM_PERM_DENIED;
    default:
      return PAM_AUTHINFO_UNAVAIL;
  }
}

/* Asks once. `realm` is what a failure is said about. */
static int ask(pam_handle_t* pam, const gatehouse_realm* realm) {
  const char* user = NULL;
  const char* password = NULL;
  const void* host = NULL;
  if (pam_get_user(pam, &user, NULL) != PAM_SUCCESS || user == NULL) return PAM_AUTH_ERR;
  if (pam_get_authtok(pam, PAM_AUTHTOK, &password, NULL) != PAM_SUCCESS || password == NULL) return PAM_AUTH_ERR;
  gatehouse_pair address = {as_str("client.address"), {NULL, 0}};
  gatehouse_request request;
  memset(&request, 0, sizeof request);
  request.struct_size = sizeof request;
  request.credential = GATEHOUSE_CREDENTIAL_PASSWORD;
  request.user = as_str(user);
  request.password = as_str(password);
  if (pam_get_item(pam, PAM_RHOST, &host) == PAM_SUCCESS && host != NULL) {
    address.value = as_str(host);
    request.attributes = &address;
    request.attribute_count = 1;
  }
  return as_pam(gatehouse_decide(realm, &request, 0, NULL));
}

static int configured(pam_handle_t* pam, gatehouse_runtime* runtime, const char* file, const char* name, char** error) {
  gatehouse_config_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.file = as_str(file);
  gatehouse_config* config = gatehouse_config_load(runtime, &options, error);
  gatehouse_realm* realm = config == NULL ? NULL : gatehouse_config_realm(config, as_str(name), error);
  int result = PAM_SERVICE_ERR;
  if (realm != NULL && gatehouse_runtime_start(runtime, error)) result = ask(pam, realm);
  gatehouse_realm_release(realm);
  gatehouse_config_release(config);
  return result;
}

int pam_sm_authenticate(pam_handle_t* pam, int flags, int argc, const char** argv) {
  (void)flags;
  const char* file = argument(argc, argv, "config=");
  if (file == NULL) {
    pam_syslog(pam, LOG_ERR, "config=FILE is missing");
    return PAM_SERVICE_ERR;
  }
  gatehouse_runtime_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.mode = GATEHOUSE_MODE_INLINE;
  options.log = log_line;
  options.log_context = pam;
  options.log_level = GATEHOUSE_LOG_INFO;
  char* error = NULL;
  gatehouse_runtime* runtime = gatehouse_runtime_open(&options, &error);
  int result = PAM_SERVICE_ERR;
  if (runtime != NULL) result = configured(pam, runtime, file, argument(argc, argv, "realm="), &error);
  if (error != NULL) pam_syslog(pam, LOG_ERR, "%s", error);
  gatehouse_free(error);
  gatehouse_runtime_close(runtime);
  return result;
}

int pam_sm_setcred(pam_handle_t* pam, int flags, int argc, const char** argv) {
  (void)pam;
  (void)flags;
  (void)argc;
  (void)argv;
  return PAM_SUCCESS;
}
