/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PAM application of one thread: asks again and again, with every outcome, and looks that the module leaves no thread
 * and no descriptor behind.
 *
 *   probe_pam MODULE.so PLUGIN.so
 */
#define _DEFAULT_SOURCE
#include <security/pam_appl.h>

#include "../../support/c_host.h"

static int descriptor_count(void) {
  int count = 0;
  DIR* open = opendir("/proc/self/fd");
  CHECK(open != NULL);
  for (struct dirent* entry = readdir(open); entry != NULL; entry = readdir(open)) ++count;
  closedir(open);
  return count;
}

static int answer(int count, const struct pam_message** messages, struct pam_response** responses, void* password) {
  (void)messages;
  *responses = calloc((size_t)count, sizeof **responses);
  CHECK(*responses != NULL);
  for (int i = 0; i < count; ++i) (*responses)[i].resp = strdup(password);
  return PAM_SUCCESS;
}

static int log_in(const char* folder, const char* service, const char* user, char* password) {
  const struct pam_conv conversation = {answer, password};
  pam_handle_t* pam = NULL;
  CHECK(pam_start_confdir(service, user, &conversation, folder, &pam) == PAM_SUCCESS);
  CHECK(pam_set_item(pam, PAM_RHOST, "192.0.2.7") == PAM_SUCCESS);
  const int result = pam_authenticate(pam, 0);
  pam_end(pam, result);
  CHECK(thread_count() == 1);
  return result;
}

static void service(const char* folder, const char* name, const char* module, const char* config) {
  char path[512];
  char text[2048];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  snprintf(text, sizeof text, "auth required %s %s\naccount required pam_permit.so\n", module, config);
  write_file(path, text);
}

int main(int argc, char** argv) {
  char folder[256];
  char plugin[512];
  char path[512];
  char text[4096];
  char words[2048];
  CHECK(argc == 3);
  make_folder(folder, sizeof folder);
  snprintf(plugin, sizeof plugin, "%s/probe.so", folder);
  copy_file(argv[2], plugin);
  snprintf(path, sizeof path, "%s/good.toml", folder);
  snprintf(text, sizeof text, "[realms.r]\nchain = [\"b\"]\n[backends.b]\nplugin = \"%s\"\nwake = \"1ms\"\n", plugin);
  write_file(path, text);
  snprintf(words, sizeof words, "config=%s realm=r", path);
  service(folder, "good", argv[1], words);
  snprintf(words, sizeof words, "config=%s realm=none", path);
  service(folder, "no-realm", argv[1], words);
  service(folder, "no-config", argv[1], "");
  snprintf(words, sizeof words, "config=%s/gone.toml", folder);
  service(folder, "gone-config", argv[1], words);
  snprintf(path, sizeof path, "%s/broken.toml", folder);
  snprintf(text, sizeof text, "[realms.r]\nchain = [\"b\"]\n[backends.b]\nplugin = \"%s\"\ngaet = 1\n", plugin);
  write_file(path, text);
  snprintf(words, sizeof words, "config=%s", path);
  service(folder, "broken-config", argv[1], words);

  char right[] = "right";
  char wrong[] = "wrong";
  char control[] = "ri\nght";
  char none[] = "";
  char long_user[1024];
  memset(long_user, 'u', sizeof long_user - 1);
  long_user[sizeof long_user - 1] = '\0';
  int descriptors = 0;
  for (int round = 0; round < 20; ++round) {
    CHECK(log_in(folder, "good", "bob", right) == PAM_SUCCESS);
    CHECK(log_in(folder, "good", "bob", wrong) == PAM_AUTH_ERR);
    CHECK(log_in(folder, "good", "unknown", right) == PAM_AUTH_ERR);
    CHECK(log_in(folder, "good", "down", right) == PAM_AUTHINFO_UNAVAIL);
    CHECK(log_in(folder, "good", "bob", control) == PAM_AUTH_ERR);
    CHECK(log_in(folder, "good", "bob", none) == PAM_AUTH_ERR);
    CHECK(log_in(folder, "good", long_user, right) == PAM_AUTH_ERR);
    CHECK(log_in(folder, "no-realm", "bob", right) == PAM_SERVICE_ERR);
    CHECK(log_in(folder, "no-config", "bob", right) == PAM_SERVICE_ERR);
    CHECK(log_in(folder, "gone-config", "bob", right) == PAM_SERVICE_ERR);
    CHECK(log_in(folder, "broken-config", "bob", right) == PAM_SERVICE_ERR);
    if (round == 0) descriptors = descriptor_count(); /* libraries and the system log are open by now */
    CHECK(descriptor_count() == descriptors);
  }
  remove_folder(folder);
  return 0;
}
