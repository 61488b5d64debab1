/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every outcome of the PAM door, and every odd conversation, in a program of one thread.
 *
 *   pam_door MODULE.so PLUGIN.so
 */
#include "pam_host.h"

static Yard here;
static const char* module;

static int good(const char* user, const char* password) {
  return log_in(here.services, "good", user, password);
}

static void expect_outcomes(void) {
  CHECK(good("bob", "right") == PAM_SUCCESS);
  CHECK(good("bob", "wrong") == PAM_AUTH_ERR);
  CHECK(good("unknown", "right") == PAM_AUTH_ERR);
  CHECK(good("throws", "right") == PAM_AUTHINFO_UNAVAIL);
  CHECK(good("forbidden", "right") == PAM_PERM_DENIED);
  CHECK(good("expired", "right") == PAM_AUTH_ERR);
  CHECK(good("web", "right") == PAM_AUTH_ERR);
  CHECK(good("from-192.0.2.7", "right") == PAM_SUCCESS);
  CHECK(good("from-192.0.2.8", "right") == PAM_AUTH_ERR);
}

static void expect_odd_users_refused(void) {
  char long_user[10241];
  memset(long_user, 'u', sizeof long_user - 1);
  long_user[sizeof long_user - 1] = '\0';
  CHECK(good(long_user, "right") == PAM_AUTH_ERR);
  CHECK(good("bo\nb", "right") == PAM_AUTH_ERR);
  CHECK(good("bob\x1b[2J", "right") == PAM_AUTH_ERR);
  CHECK(good("\xff\xfe", "right") == PAM_AUTH_ERR);
  CHECK(good("unknown/../%n:%s", "right") == PAM_AUTH_ERR);
  /* Never asked for a password, let alone the backend. */
  Person nobody = {answers, {""}, 0, {{0}}};
  CHECK(authenticate(here.services, "good", NULL, &nobody) == PAM_USER_UNKNOWN);
  CHECK(nobody.asked == 1);
  Person named = {answers, {"bob", "right"}, 0, {{0}}};
  CHECK(authenticate(here.services, "good", NULL, &named) == PAM_SUCCESS);
}

static void expect_passwords_exact(void) {
  static char text[8192];
  CHECK(good("bob", "") == PAM_AUTH_ERR);
  CHECK(good("bob", "right\n") == PAM_AUTH_ERR);
  CHECK(good("bob", "right\r") == PAM_AUTH_ERR);
  CHECK(good("bob", "right ") == PAM_AUTH_ERR);
  CHECK(good("bob", "righ\xff") == PAM_AUTH_ERR);
  static const size_t sizes[] = {511, 512, 513, 4096, 4097, sizeof text - 1};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
    memset(text, 'p', sizeof text);
    memcpy(text, "right", 5);
    text[sizes[i]] = '\0';
    CHECK(good("bob", text) == PAM_AUTH_ERR);
  }
}

static void expect_conversations(void) {
  static const struct {
    Manner manner;
    int result;
  } odd[] = {{answers_with, PAM_CONV_ERR},
             {no_array, PAM_CONV_ERR},
             {fails, PAM_CONV_ERR},
             {again, PAM_INCOMPLETE},
             {missing, PAM_CONV_ERR}};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; ++i) {
    Person person = {odd[i].manner, {"right"}, 0, {{0}}};
    CHECK(authenticate(here.services, "good", "bob", &person) == odd[i].result);
    CHECK(person.asked <= 1);
  }
}

static void expect_questions(void) {
  Person right = {answers, {"right", "123", "blue"}, 0, {{0}}};
  CHECK(authenticate(here.services, "good", "otp", &right) == PAM_SUCCESS);
  CHECK(right.asked == 3);
  CHECK(strcmp(right.seen[0], "hPassword: ") == 0);
  CHECK(strcmp(right.seen[1], "hCode: ") == 0);
  CHECK(strcmp(right.seen[2], "eColour: ") == 0);
  Person wrong = {answers, {"right", "123", "red"}, 0, {{0}}};
  CHECK(authenticate(here.services, "good", "otp", &wrong) == PAM_AUTH_ERR);
  Person guess = {answers, {"wrong", "123", "blue"}, 0, {{0}}};
  CHECK(authenticate(here.services, "good", "otp", &guess) == PAM_AUTH_ERR);
  CHECK(guess.asked == 1);
  /* The first question is not the last one: and yet somebody has to end it. */
  Person patient = {answers, {"right"}, 0, {{0}}};
  CHECK(authenticate(here.services, "good", "endless", &patient) == PAM_AUTH_ERR);
  CHECK(patient.asked > 2 && patient.asked < 20);
}

static void expect_refused_arguments(void) {
  char words[1024];
  snprintf(words, sizeof words, "config=%s realm=r", here.config);
  const char* const wrong[] = {"%s",
                               "%s nonsense",
                               "%s realm=r",
                               "%s config=/elsewhere",
                               "%s backend=htpasswd:/etc/passwd",
                               "%s socket=/run/gatehouse.sock",
                               "%s try_first_pass use_first_pass",
                               "%s canonical_user any_subject",
                               "%s plugin_dir=relative",
                               "%s Debug"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    char all[2048];
    const char* const rest = wrong[i] + 2;
    snprintf(all, sizeof all, "%s%s", words, rest);
    add_service(&here, "arguments", module, all);
    CHECK(log_in(here.services, "arguments", "bob", "right") == (i == 0 ? PAM_SUCCESS : PAM_SERVICE_ERR));
  }
  const char* const alone[] = {"", "realm=r", "config=good.toml", "socket=relative", "backend=htpasswd:relative"};
  for (size_t i = 0; i < sizeof alone / sizeof *alone; ++i) {
    add_service(&here, "arguments", module, alone[i]);
    CHECK(log_in(here.services, "arguments", "bob", "right") == PAM_SERVICE_ERR);
  }
}

static void expect_refused_configurations(void) {
  char words[1024];
  static const char* const names[] = {"gone.toml", "broken.toml"};
  add_text(&here, "broken.toml", "[realms.r]\nchian = []\n");
  for (size_t i = 0; i < 2; ++i) {
    snprintf(words, sizeof words, "config=%s/%s", here.folder, names[i]);
    add_service(&here, "config", module, words);
    CHECK(log_in(here.services, "config", "bob", "right") == PAM_SERVICE_ERR);
  }
  snprintf(words, sizeof words, "config=%s realm=none", here.config);
  add_service(&here, "config", module, words);
  CHECK(log_in(here.services, "config", "bob", "right") == PAM_SERVICE_ERR);
  /* Who can write the file decides who is let in. */
  snprintf(words, sizeof words, "config=%s", here.config);
  add_service(&here, "config", module, words);
  CHECK(log_in(here.services, "config", "bob", "right") == PAM_SUCCESS);
  CHECK(chmod(here.config, 0666) == 0);
  CHECK(log_in(here.services, "config", "bob", "right") == PAM_SERVICE_ERR);
  CHECK(chmod(here.config, 0600) == 0);
}

/* Two lines of this module: the first one asks, the second one has what was replied. */
static void stack(const char* name, const char* control, const char* second) {
  char path[600];
  char text[2048];
  snprintf(path, sizeof path, "%s/%s", here.services, name);
  snprintf(text, sizeof text, "auth %s %s config=%s\nauth required %s config=%s %s\n", control, module, here.config,
           module, here.config, second);
  write_file(path, text);
}

static void expect_first_pass(void) {
  char words[1024];
  snprintf(words, sizeof words, "config=%s use_first_pass", here.config);
  add_service(&here, "alone", module, words);
  Person person = {answers, {"right"}, 0, {{0}}};
  CHECK(authenticate(here.services, "alone", "bob", &person) == PAM_AUTH_ERR);
  CHECK(person.asked == 0);

  static const struct {
    const char* word;
    const char* replies[4];
    int result;
    int asked;
  } cases[] = {
      {"use_first_pass", {"right"}, PAM_SUCCESS, 1},         {"use_first_pass", {"wrong", "right"}, PAM_AUTH_ERR, 1},
      {"try_first_pass", {"right"}, PAM_SUCCESS, 1},         {"try_first_pass", {"wrong", "right"}, PAM_SUCCESS, 2},
      {"try_first_pass", {"wrong", "bad"}, PAM_AUTH_ERR, 2}, {"", {"right"}, PAM_SUCCESS, 2}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    Person who = {answers, {cases[i].replies[0], cases[i].replies[1]}, 0, {{0}}};
    stack("stack", "[default=ignore]", cases[i].word);
    CHECK(authenticate(here.services, "stack", "bob", &who) == cases[i].result);
    CHECK(who.asked == cases[i].asked);
  }
}

/* The backend finds bob by other names too: his password opens his account, and nobody else's. */
static void expect_only_the_own_account(void) {
  static const struct {
    const char* words;
    const char* typed;
    int result;
    const char* user;
  } cases[] = {
      {"", "bob", PAM_SUCCESS, "bob"},
      {"", "alias", PAM_AUTH_ERR, "alias"},
      {"", "root", PAM_AUTH_ERR, "root"},
      {"canonical_user", "alias", PAM_SUCCESS, "bob"},
      {"canonical_user", "root", PAM_AUTH_ERR, "root"}, /* an account here, and not bob's */
      {"any_subject", "alias", PAM_SUCCESS, "alias"},
      {"any_subject", "root", PAM_SUCCESS, "root"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char words[1024];
    const void* user = NULL;
    const bool granted = cases[i].result == PAM_SUCCESS;
    snprintf(words, sizeof words, "config=%s %s", here.config, cases[i].words);
    add_service(&here, "subject", module, words);
    Person person = {answers, {"right"}, 0, {{0}}};
    Session session;
    begin(&session, here.services, "subject", cases[i].typed, &person);
    CHECK(pam_authenticate(session.pam, 0) == cases[i].result);
    CHECK(pam_get_item(session.pam, PAM_USER, &user) == PAM_SUCCESS && strcmp(user, cases[i].user) == 0);
    /* The account line vouches for nobody who was refused; libpam makes a refusal of "nothing to say" from all. */
    CHECK(pam_acct_mgmt(session.pam, 0) == (granted ? PAM_SUCCESS : PAM_PERM_DENIED));
    CHECK(!granted || pam_setcred(session.pam, PAM_ESTABLISH_CRED) == PAM_SUCCESS);
    /* What is known is known of him alone. */
    CHECK(pam_set_item(session.pam, PAM_USER, "carol") == PAM_SUCCESS);
    CHECK(pam_acct_mgmt(session.pam, 0) == PAM_PERM_DENIED);
    pam_end(session.pam, 0);
  }
  /* A first password that is somebody else's is a wrong one: another is asked for. */
  stack("stack", "[default=ignore]", "try_first_pass");
  Person person = {answers, {"right", "right"}, 0, {{0}}};
  CHECK(authenticate(here.services, "stack", "root", &person) == PAM_AUTH_ERR);
  CHECK(person.asked == 2);
}

/* Who the module before this one says that it is, not who was typed at first: alias alone would be refused. */
static void expect_the_latest_user(void) {
  char path[600];
  char text[2048];
  snprintf(path, sizeof path, "%s/latest", here.services);
  snprintf(text, sizeof text, "auth required %s config=%s canonical_user\nauth required %s config=%s use_first_pass\n",
           module, here.config, module, here.config);
  write_file(path, text);
  CHECK(log_in(here.services, "latest", "alias", "right") == PAM_SUCCESS);
  CHECK(log_in(here.services, "latest", "alias", "wrong") == PAM_AUTH_ERR);
}

static void expect_account(void) {
  static const struct {
    const char* user;
    int result;
  } cases[] = {{"expired", PAM_ACCT_EXPIRED},  {"disabled", PAM_ACCT_EXPIRED}, {"must", PAM_AUTHTOK_EXPIRED},
               {"forbidden", PAM_PERM_DENIED}, {"unknown", PAM_PERM_DENIED},   {"bob", PAM_SUCCESS}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    Person person = {answers, {"right"}, 0, {{0}}};
    Session session;
    begin(&session, here.services, "good", cases[i].user, &person);
    /* Nobody was asked yet: libpam makes a refusal of "nothing to say" from all. */
    CHECK(pam_acct_mgmt(session.pam, 0) == PAM_PERM_DENIED);
    (void)pam_authenticate(session.pam, 0);
    CHECK(pam_acct_mgmt(session.pam, 0) == cases[i].result);
    pam_end(session.pam, 0);
  }
  Person person = {answers, {"right"}, 0, {{0}}};
  Session session;
  begin(&session, here.services, "good", "soon", &person);
  CHECK(pam_authenticate(session.pam, 0) == PAM_SUCCESS);
  int result = PAM_SUCCESS;
  for (int i = 0; i < 1000 && result == PAM_SUCCESS; ++i) {
    result = pam_acct_mgmt(session.pam, 0);
    nanosleep(&(struct timespec){0, 10000000}, NULL);
  }
  CHECK(result == PAM_ACCT_EXPIRED);
  pam_end(session.pam, 0);
}

static void expect_address(void) {
  static const struct {
    const char* host;
    const char* user;
  } cases[] = {{"2001:db8::1", "from-2001:db8::1"},
               {"host.example", "from-nowhere"},
               {"", "from-nowhere"},
               {"192.0.2.7 or so", "from-nowhere"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    Person person = {answers, {"right"}, 0, {{0}}};
    Session session;
    begin(&session, here.services, "good", cases[i].user, &person);
    CHECK(pam_set_item(session.pam, PAM_RHOST, cases[i].host) == PAM_SUCCESS);
    CHECK(pam_authenticate(session.pam, 0) == PAM_SUCCESS);
    pam_end(session.pam, 0);
  }
}

int main(int argc, char** argv) {
  CHECK(argc == 3);
  module = argv[1];
  make_yard(&here, argv[1], argv[2]);
  int descriptors = 0;
  for (int round = 0; round < 3; ++round) {
    expect_outcomes();
    expect_odd_users_refused();
    expect_passwords_exact();
    expect_conversations();
    expect_questions();
    expect_refused_arguments();
    expect_refused_configurations();
    expect_first_pass();
    expect_only_the_own_account();
    expect_the_latest_user();
    expect_address();
    if (round == 0) {
      expect_account();
      descriptors = descriptor_count(); /* libraries and the system log are open by now */
    }
    CHECK(descriptor_count() == descriptors);
    CHECK(thread_count() == 1);
  }
  remove_yard(&here);
  return 0;
}
