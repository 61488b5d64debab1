/* SPDX-License-Identifier: Apache-2.0 */
#include "pam_host.h"

static int converse(int count, const struct pam_message** messages, struct pam_response** responses, void* data) {
  Person* const who = data;
  if (who->asked < 8) {
    snprintf(who->seen[who->asked], sizeof who->seen[0], "%c%s",
             messages[0]->msg_style == PAM_PROMPT_ECHO_OFF  ? 'h'
             : messages[0]->msg_style == PAM_PROMPT_ECHO_ON ? 'e'
                                                            : '?',
             messages[0]->msg);
  }
  const int turn = who->asked++;
  CHECK(count == 1);
  if (who->manner == fails) {
    *responses = (struct pam_response*)(uintptr_t)8; /* NOLINT(performance-no-int-to-ptr): must not be followed */
    return PAM_CONV_ERR;
  }
  if (who->manner == again) return PAM_CONV_AGAIN;
  *responses = NULL;
  if (who->manner == no_array) return PAM_SUCCESS;
  *responses = calloc(1, sizeof **responses);
  CHECK(*responses != NULL);
  if (who->manner == answers) {
    const char* reply = who->replies[0];
    for (int i = 1; i <= turn && i < 4 && who->replies[i] != NULL; ++i) reply = who->replies[i];
    (*responses)[0].resp = strdup(reply);
  }
  return PAM_SUCCESS;
}

void begin(Session* into, const char* folder, const char* service, const char* user, Person* person) {
  into->pam = NULL;
  into->conversation.conv = person->manner == missing ? NULL : converse;
  into->conversation.appdata_ptr = person;
  CHECK(pam_start_confdir(service, user, &into->conversation, folder, &into->pam) == PAM_SUCCESS);
  CHECK(pam_set_item(into->pam, PAM_RHOST, "192.0.2.7") == PAM_SUCCESS);
}

int authenticate(const char* folder, const char* service, const char* user, Person* person) {
  Session session;
  begin(&session, folder, service, user, person);
  const int result = pam_authenticate(session.pam, 0);
  pam_end(session.pam, result);
  return result;
}

int log_in(const char* folder, const char* service, const char* user, const char* password) {
  Person person = {answers, {password}, 0, {{0}}};
  return authenticate(folder, service, user, &person);
}

int descriptor_count(void) {
  int count = 0;
  DIR* open = opendir("/proc/self/fd");
  CHECK(open != NULL);
  for (struct dirent* entry = readdir(open); entry != NULL; entry = readdir(open)) ++count;
  closedir(open);
  return count;
}

void make_yard(Yard* into, const char* module, const char* plugin) {
  char copy[600];
  char text[2048];
  const char* const name = strrchr(plugin, '/');
  CHECK(name != NULL);
  make_folder(into->folder, sizeof into->folder);
  snprintf(into->services, sizeof into->services, "%s/pam.d", into->folder);
  CHECK(mkdir(into->services, 0700) == 0);
  snprintf(copy, sizeof copy, "%s%s", into->folder, name);
  copy_file(plugin, copy);
  snprintf(text, sizeof text, "[realms.r]\nchain = [\"b\"]\n[backends.b]\nplugin = \"%s\"\n", copy);
  add_text(into, "good.toml", text);
  snprintf(into->config, sizeof into->config, "%s/good.toml", into->folder);
  snprintf(text, sizeof text, "config=%s realm=r", into->config);
  add_service(into, "good", module, text);
}

void remove_yard(const Yard* old) {
  remove_folder(old->services);
  remove_folder(old->folder);
}

void add_service(const Yard* yard, const char* name, const char* module, const char* words) {
  char path[600];
  char text[4096];
  snprintf(path, sizeof path, "%s/%s", yard->services, name);
  snprintf(text, sizeof text, "auth required %s %s\naccount required %s %s\n", module, words, module, words);
  write_file(path, text);
}

void add_text(const Yard* yard, const char* name, const char* text) {
  char path[600];
  snprintf(path, sizeof path, "%s/%s", yard->folder, name);
  write_file(path, text);
}
