/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "c_api_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gatehouse/http.h>

#include "c_api_engine.h"

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#define EXPECT(condition)                                                 \
  do {                                                                    \
    if (!(condition)) return __FILE__ ":" TEXT(__LINE__) ": " #condition; \
  } while (0)

static gatehouse_str text(const char* s) {
  gatehouse_str str = {s, s ? strlen(s) : 0};
  return str;
}
static gatehouse_pair pair(const char* name, const char* value) {
  gatehouse_pair made = {text(name), text(value)};
  return made;
}
static int is(gatehouse_str str, const char* expected) {
  return str.size == strlen(expected) && (str.size == 0 || memcmp(str.data, expected, str.size) == 0);
}
static int holds(const char* memory, size_t size, const char* part) {
  const size_t length = strlen(part);
  for (size_t i = 0; i + length <= size; ++i) {
    if (memcmp(memory + i, part, length) == 0) return 1;
  }
  return 0;
}
/* Reads one Authorization into a scratch of that size. */
static gatehouse_http_state read_one(const char* value, char* scratch, size_t size, gatehouse_request* request) {
  const gatehouse_pair headers[] = {pair("Host", "h"), pair("authorization", value)};
  return gatehouse_http_read_credential(headers, 2, scratch, size, request);
}
/* How often the answer has a header of that name; *value is set to the last. */
static size_t header(const gatehouse_http_answer* answer, const char* name, gatehouse_str* value) {
  size_t found = 0;
  for (size_t i = 0; i < gatehouse_http_answer_header_count(answer); ++i) {
    const gatehouse_pair at = gatehouse_http_answer_header(answer, i);
    if (!is(at.name, name)) continue;
    ++found;
    *value = at.value;
  }
  return found;
}

static const char* reads_a_password(void) {
  char scratch[GATEHOUSE_HTTP_SCRATCH_SIZE];
  gatehouse_request request;
  memset(&request, 0xAA, sizeof request);
  EXPECT(read_one("Basic dXNlcjpwYXNzOndvcmQ=", scratch, sizeof scratch, &request) == GATEHOUSE_HTTP_PRESENT);
  EXPECT(request.struct_size == sizeof request);
  EXPECT(request.credential == GATEHOUSE_CREDENTIAL_PASSWORD);
  EXPECT(is(request.user, "user"));
  EXPECT(is(request.password, "pass:word"));
  EXPECT(request.token.size == 0 && request.realm.size == 0 && request.state.size == 0);
  EXPECT(request.responses == NULL && request.response_count == 0);
  EXPECT(request.attributes == NULL && request.attribute_count == 0);
  EXPECT(holds(scratch, 14, "pass:word"));
  gatehouse_http_wipe(scratch, sizeof scratch);
  EXPECT(!holds(scratch, sizeof scratch, "word"));
  return NULL;
}

static const char* reads_a_token_without_memory(void) {
  gatehouse_request request;
  EXPECT(read_one("Bearer abc.def", NULL, 0, &request) == GATEHOUSE_HTTP_PRESENT);
  EXPECT(request.credential == GATEHOUSE_CREDENTIAL_BEARER);
  EXPECT(is(request.token, "abc.def"));
  return NULL;
}

static const char* refuses_and_leaves_nothing(void) {
  static const char* const bad[] = {"",
                                    "Basic",
                                    "Basic ",
                                    "Basic Y2FuYXJ5LWNhbmFyeQ==",
                                    "Basic OmNhbmFyeQ==",
                                    "Basic dXNlcjpjYW5hcnkK",
                                    "Basic dXNlcjpjYW5hcnk",
                                    "Basic dXNlcjpjYW5hcnkhIR==",
                                    "Digest canary",
                                    "Bearer",
                                    "Bearer a b"};
  char scratch[GATEHOUSE_HTTP_SCRATCH_SIZE];
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
    gatehouse_request request;
    memset(&request, 0xAA, sizeof request);
    memset(scratch, 0, sizeof scratch);
    EXPECT(read_one(bad[i], scratch, sizeof scratch, &request) == GATEHOUSE_HTTP_REFUSED);
    EXPECT(request.credential == GATEHOUSE_CREDENTIAL_NONE);
    EXPECT(request.user.size == 0 && request.password.size == 0 && request.token.size == 0);
    EXPECT(!holds(scratch, sizeof scratch, "canary"));
  }
  return NULL;
}

static const char* never_writes_past_the_scratch(void) {
  /* "user:password" has 13 bytes. */
  for (size_t size = 0; size < 20; ++size) {
    char* scratch = size > 0 ? malloc(size) : NULL;
    gatehouse_request request;
    const gatehouse_http_state state = read_one("Basic dXNlcjpwYXNzd29yZA==", scratch, size, &request);
    const int right = state == (size < 13 ? GATEHOUSE_HTTP_REFUSED : GATEHOUSE_HTTP_PRESENT);
    free(scratch);
    EXPECT(right);
  }
  return NULL;
}

static const char* two_fields_are_malformed(void) {
  char scratch[64];
  gatehouse_request request;
  const gatehouse_pair headers[] = {pair("Authorization", "Basic dXNlcjpwYXNzd29yZA=="),
                                    pair("AUTHORIZATION", "Bearer abc")};
  EXPECT(gatehouse_http_read_credential(headers, 2, scratch, sizeof scratch, &request) == GATEHOUSE_HTTP_MALFORMED);
  EXPECT(request.credential == GATEHOUSE_CREDENTIAL_NONE && request.user.size == 0);
  return NULL;
}

static const char* survives_null(void) {
  gatehouse_request request;
  const gatehouse_pair empty[] = {{{NULL, 0}, {NULL, 0}}};
  EXPECT(gatehouse_http_read_credential(NULL, 0, NULL, 0, &request) == GATEHOUSE_HTTP_NONE);
  EXPECT(request.struct_size == sizeof request && request.credential == GATEHOUSE_CREDENTIAL_NONE);
  EXPECT(gatehouse_http_read_credential(NULL, 3, NULL, 0, &request) == GATEHOUSE_HTTP_MALFORMED);
  EXPECT(gatehouse_http_read_credential(empty, 1, NULL, 0, NULL) == GATEHOUSE_HTTP_MALFORMED);
  EXPECT(gatehouse_http_read_credential(empty, 1, NULL, 0, &request) == GATEHOUSE_HTTP_NONE);
  EXPECT(read_one("Basic dXNlcjpwYXNzd29yZA==", NULL, 4096, &request) == GATEHOUSE_HTTP_REFUSED);
  gatehouse_http_wipe(NULL, 10);

  EXPECT(gatehouse_http_answer_status(NULL) == 503);
  EXPECT(gatehouse_http_answer_header_count(NULL) == 0);
  EXPECT(gatehouse_http_answer_header(NULL, 0).name.size == 0);
  EXPECT(gatehouse_http_answer_body(NULL).size == 0);
  EXPECT(gatehouse_http_answer_close(NULL) == 0);
  gatehouse_http_answer_release(NULL);

  gatehouse_http_names_init(NULL);
  gatehouse_http_identity_release(NULL);
  EXPECT(gatehouse_http_is_protected(NULL, text("Remote-User")) == 1);
  EXPECT(gatehouse_http_is_protected(NULL, text("Host")) == 0);
  EXPECT(gatehouse_http_is_protected(NULL, text(NULL)) == 0);

  gatehouse_http_answer* answer = gatehouse_http_answer_decision(NULL, NULL);
  EXPECT(gatehouse_http_answer_status(answer) == 503);
  gatehouse_http_answer_release(answer);
  answer = gatehouse_http_answer_refused(NULL);
  EXPECT(gatehouse_http_answer_status(answer) == 401);
  gatehouse_http_answer_release(answer);
  answer = gatehouse_http_answer_malformed(NULL);
  EXPECT(gatehouse_http_answer_status(answer) == 400);
  EXPECT(gatehouse_http_answer_close(answer) == 1);
  gatehouse_http_answer_release(answer);
  EXPECT(gatehouse_http_token_in_query(text(NULL)) == 0);
  EXPECT(gatehouse_http_token_in_query(text("/?access_token=x")) == 1);
  answer = gatehouse_http_answer_fault(404, text(NULL), NULL);
  EXPECT(gatehouse_http_answer_status(answer) == 404);
  gatehouse_http_answer_release(answer);
  return NULL;
}

static const char* answers_each_decision(void) {
  static const struct {
    gatehouse_code code;
    int status;
    int close;
    size_t challenges;
    size_t waits;
  } rows[] = {{GATEHOUSE_DECISION_DENIED, 401, 0, 2, 0},
              {GATEHOUSE_DECISION_CHALLENGE, 401, 0, 2, 0},
              {GATEHOUSE_DECISION_MALFORMED, 400, 1, 0, 0},
              {GATEHOUSE_DECISION_THROTTLED, 429, 0, 0, 1},
              {GATEHOUSE_DECISION_FORBIDDEN, 403, 0, 0, 0},
              {GATEHOUSE_DECISION_UNAVAILABLE, 503, 0, 0, 1},
              {GATEHOUSE_DECISION_GRANTED, 500, 0, 0, 0},
              {GATEHOUSE_PENDING, 503, 0, 0, 1},
              {7, 503, 0, 0, 1}};
  const struct gatehouse_realm realm = {text("MLflow Login"),
                                        GATEHOUSE_CREDENTIAL_PASSWORD | GATEHOUSE_CREDENTIAL_BEARER};
  const gatehouse_http_asker asker = {.struct_size = sizeof asker, .realm = &realm, .method = text("POST")};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
    const struct gatehouse_decision decision = {.code = rows[i].code, .retry_after = 7};
    gatehouse_http_answer* answer = gatehouse_http_answer_decision(&decision, &asker);
    gatehouse_str value = {NULL, 0};
    EXPECT(gatehouse_http_answer_status(answer) == rows[i].status);
    EXPECT(gatehouse_http_answer_close(answer) == rows[i].close);
    EXPECT(header(answer, "WWW-Authenticate", &value) == rows[i].challenges);
    EXPECT(header(answer, "Retry-After", &value) == rows[i].waits);
    if (rows[i].waits) EXPECT(is(value, "7"));
    EXPECT(header(answer, "Content-Length", &value) == 1);
    EXPECT(strtoul(value.data, NULL, 10) == gatehouse_http_answer_body(answer).size);
    const size_t count = gatehouse_http_answer_header_count(answer);
    EXPECT(gatehouse_http_answer_header(answer, count).name.data == NULL);
    gatehouse_http_answer_release(answer);
  }
  return NULL;
}

static const char* a_refused_credential_looks_like_a_denied_one(void) {
  const struct gatehouse_realm realm = {text("R"), GATEHOUSE_CREDENTIAL_PASSWORD};
  const gatehouse_http_asker asker = {.struct_size = sizeof asker, .realm = &realm, .method = text("GET")};
  const struct gatehouse_decision decision = {.code = GATEHOUSE_DECISION_DENIED, .subject = text("canary")};
  gatehouse_http_answer* denied = gatehouse_http_answer_decision(&decision, &asker);
  gatehouse_http_answer* refused = gatehouse_http_answer_refused(&asker);
  EXPECT(gatehouse_http_answer_status(denied) == gatehouse_http_answer_status(refused));
  EXPECT(gatehouse_http_answer_header_count(denied) == gatehouse_http_answer_header_count(refused));
  for (size_t i = 0; i < gatehouse_http_answer_header_count(denied); ++i) {
    const gatehouse_pair a = gatehouse_http_answer_header(denied, i);
    const gatehouse_pair b = gatehouse_http_answer_header(refused, i);
    EXPECT(a.name.size == b.name.size && memcmp(a.name.data, b.name.data, a.name.size) == 0);
    EXPECT(a.value.size == b.value.size && memcmp(a.value.data, b.value.data, a.value.size) == 0);
  }
  const gatehouse_str a = gatehouse_http_answer_body(denied);
  const gatehouse_str b = gatehouse_http_answer_body(refused);
  EXPECT(a.size > 0 && a.size == b.size && memcmp(a.data, b.data, a.size) == 0);
  EXPECT(!holds(a.data, a.size, "canary"));
  gatehouse_http_answer_release(denied);
  gatehouse_http_answer_release(refused);
  return NULL;
}

static const char* names_the_realm(void) {
  const struct gatehouse_realm realm = {text("Of The Realm"), GATEHOUSE_CREDENTIAL_PASSWORD};
  gatehouse_http_asker asker = {.struct_size = sizeof asker, .realm = &realm};
  asker.credentials = GATEHOUSE_CREDENTIAL_BEARER; /* not read: there is a realm */
  gatehouse_str value = {NULL, 0};
  gatehouse_http_answer* answer = gatehouse_http_answer_refused(&asker);
  EXPECT(header(answer, "WWW-Authenticate", &value) == 1);
  EXPECT(is(value, "Basic realm=\"Of The Realm\", charset=\"UTF-8\""));
  gatehouse_http_answer_release(answer);

  asker.display_name = text("Of \"the\"\r\nDoor");
  answer = gatehouse_http_answer_refused(&asker);
  EXPECT(header(answer, "WWW-Authenticate", &value) == 1);
  EXPECT(is(value, "Basic realm=\"Of \\\"the\\\"Door\", charset=\"UTF-8\""));
  gatehouse_http_answer_release(answer);

  asker.realm = NULL;
  asker.display_name = text("");
  answer = gatehouse_http_answer_refused(&asker);
  EXPECT(header(answer, "WWW-Authenticate", &value) == 1);
  EXPECT(is(value, "Bearer realm=\"Gatehouse\""));
  gatehouse_http_answer_release(answer);
  return NULL;
}

static const char* people_get_a_page_and_a_way_to_sign_in(void) {
  const struct gatehouse_realm realm = {text("R"), GATEHOUSE_CREDENTIAL_PASSWORD};
  const gatehouse_pair headers[] = {pair("Accept", "text/html,*/*;q=0.8"), pair("Sec-Fetch-Mode", "navigate")};
  const gatehouse_pair location = pair("location", "https://sso.example/?a=b");
  const gatehouse_pair error = pair("error", "invalid_token");
  const gatehouse_challenge challenges[] = {
      {.struct_size = sizeof(gatehouse_challenge),
       .kind = GATEHOUSE_CHALLENGE_REDIRECT,
       .parameters = &location,
       .parameter_count = 1},
      {.struct_size = sizeof(gatehouse_challenge),
       .kind = GATEHOUSE_CHALLENGE_HTTP_AUTH,
       .scheme = text("Bearer"),
       .parameters = &error,
       .parameter_count = 1},
      {.struct_size = sizeof(gatehouse_challenge), .kind = 77, .scheme = text("Odd")}};
  const struct gatehouse_decision decision = {
      .code = GATEHOUSE_DECISION_CHALLENGE, .challenges = challenges, .challenge_count = 3};
  gatehouse_http_asker asker = {
      .struct_size = sizeof asker, .realm = &realm, .method = text("GET"), .headers = headers, .header_count = 2};
  gatehouse_str value = {NULL, 0};
  gatehouse_http_answer* answer = gatehouse_http_answer_decision(&decision, &asker);
  EXPECT(gatehouse_http_answer_status(answer) == 302);
  EXPECT(header(answer, "Location", &value) == 1 && is(value, "https://sso.example/?a=b"));
  EXPECT(header(answer, "Content-Type", &value) == 1 && is(value, "text/html; charset=utf-8"));
  gatehouse_http_answer_release(answer);

  asker.header_count = 0;
  answer = gatehouse_http_answer_decision(&decision, &asker);
  EXPECT(gatehouse_http_answer_status(answer) == 401);
  EXPECT(header(answer, "Location", &value) == 0);
  EXPECT(header(answer, "Content-Type", &value) == 1 && is(value, "application/json"));
  EXPECT(header(answer, "WWW-Authenticate", &value) == 2);
  EXPECT(is(value, "Bearer realm=\"R\", error=\"invalid_token\""));
  gatehouse_http_answer_release(answer);
  return NULL;
}

static const char* tells_the_identity_in_given_memory(void) {
  const gatehouse_str groups[] = {text("writers"), text("a,b"), text("other")};
  const gatehouse_pair attributes[] = {pair("email", "alice@example"), pair("email", "second@example"),
                                       pair("phone", "1")};
  struct gatehouse_decision decision = {.code = GATEHOUSE_DECISION_GRANTED,
                                        .subject = text("m\xC3\xBCller"),
                                        .groups = groups,
                                        .group_count = 3,
                                        .attributes = attributes,
                                        .attribute_count = 3};
  const gatehouse_str patterns[] = {text("w*"), text("*,*")};
  gatehouse_http_names names;
  gatehouse_http_names_init(&names);
  EXPECT(is(names.user, "Remote-User") && is(names.name, "Remote-Name") && names.forward_group_count == 1);
  names.user = text("X-Who");
  names.forward_groups = patterns;
  names.forward_group_count = 2;
  char* error = NULL;
  gatehouse_http_identity* identity = gatehouse_http_identity_create(&names, &error);
  EXPECT(identity != NULL && error == NULL);

  gatehouse_pair fields[GATEHOUSE_HTTP_FIELD_MAX];
  char memory[GATEHOUSE_HTTP_FIELD_MEMORY];
  EXPECT(gatehouse_http_identity_fields(identity, &decision, fields, memory, sizeof memory) == 3);
  EXPECT(is(fields[0].name, "X-Who") && is(fields[0].value, "m%C3%BCller"));
  EXPECT(is(fields[1].name, "Remote-Groups") && is(fields[1].value, "writers,a%2Cb"));
  EXPECT(is(fields[2].name, "Remote-Email") && is(fields[2].value, "alice@example"));
  EXPECT(fields[0].value.data == memory);

  EXPECT(gatehouse_http_is_protected(identity, text("x_who")) == 1);
  EXPECT(gatehouse_http_is_protected(identity, text("X.Remote.User")) == 1);
  EXPECT(gatehouse_http_is_protected(identity, text("X-Whom")) == 0);

  /* 11 + 13 + 13 bytes of values: not one byte less. */
  for (size_t size = 0; size <= 40; ++size) {
    char* exact = malloc(size + (size == 0));
    const int count = gatehouse_http_identity_fields(identity, &decision, fields, exact, size);
    free(exact);
    EXPECT(count == (size < 11 + 13 + 13 ? -1 : 3));
  }

  decision.code = GATEHOUSE_DECISION_FORBIDDEN;
  EXPECT(gatehouse_http_identity_fields(identity, &decision, fields, memory, sizeof memory) == -1);
  decision.code = GATEHOUSE_DECISION_GRANTED;
  decision.subject = text("");
  EXPECT(gatehouse_http_identity_fields(identity, &decision, fields, memory, sizeof memory) == -1);
  EXPECT(gatehouse_http_identity_fields(identity, NULL, fields, memory, sizeof memory) == -1);
  EXPECT(gatehouse_http_identity_fields(NULL, &decision, fields, memory, sizeof memory) == -1);
  EXPECT(gatehouse_http_identity_fields(identity, &decision, NULL, memory, sizeof memory) == -1);
  EXPECT(gatehouse_http_identity_fields(identity, &decision, fields, NULL, sizeof memory) == -1);
  gatehouse_http_identity_release(identity);
  return NULL;
}

static const char* refuses_over_the_limit(void) {
  static char many[9000];
  memset(many, 'g', sizeof many);
  const gatehouse_str group = {many, sizeof many};
  const struct gatehouse_decision decision = {
      .code = GATEHOUSE_DECISION_GRANTED, .subject = text("u"), .groups = &group, .group_count = 1};
  gatehouse_http_identity* identity = gatehouse_http_identity_create(NULL, NULL);
  EXPECT(identity != NULL);
  gatehouse_pair fields[GATEHOUSE_HTTP_FIELD_MAX];
  static char memory[2 * GATEHOUSE_HTTP_FIELD_MEMORY];
  EXPECT(gatehouse_http_identity_fields(identity, &decision, fields, memory, sizeof memory) == -1);
  gatehouse_http_identity_release(identity);
  return NULL;
}

static const char* refuses_names_with_words(void) {
  gatehouse_http_names names;
  gatehouse_http_names_init(&names);
  names.groups = text("Content-Length");
  char* error = NULL;
  EXPECT(gatehouse_http_identity_create(&names, &error) == NULL);
  EXPECT(error != NULL && strstr(error, "groups_header") != NULL && strstr(error, "Content-Length") != NULL);
  gatehouse_free(error);
  EXPECT(gatehouse_http_identity_create(&names, NULL) == NULL);
  memset(&names, 0, sizeof names);
  error = NULL;
  EXPECT(gatehouse_http_identity_create(&names, &error) == NULL);
  EXPECT(error != NULL);
  gatehouse_free(error);
  return NULL;
}

static const char* knows_status_texts(void) {
  EXPECT(strcmp(gatehouse_http_status_text(429), "Too Many Requests") == 0);
  EXPECT(strcmp(gatehouse_http_status_text(0), "Unknown") == 0);
  return NULL;
}

static int write_config(char* path, const char* content) {
  const int fd = mkstemp(path);
  if (fd < 0) return 0;
  const ssize_t size = (ssize_t)strlen(content);
  const ssize_t written = write(fd, content, (size_t)size);
  close(fd);
  return written == size;
}

/* The rules of a file with that text; NULL with *error. */
static gatehouse_http_rules* rules_of(const char* content, char** error) {
  char path[] = "/tmp/gatehouse-rules-XXXXXX";
  gatehouse_http_rules* rules = write_config(path, content) ? gatehouse_http_rules_read(text(path), error) : NULL;
  unlink(path);
  return rules;
}

static const char* reads_names_of_a_file(void) {
  static const struct {
    const char* content;
    const char* name; /* NULL: it is wrong */
    int forward;
  } cases[] = {{"", "Remote-User", 0},
               {"[realms.r]\nchain = [\"nobody\"]\n", "Remote-User", 0}, /* not looked at */
               {"[http]\nuser_header = \"X-Who\"\nforward_authorization = true\n", "X-Who", 1},
               {"[http]\nuser_header = \"Content-Length\"\n", NULL, 0},
               {"[http]\nuser_heeder = \"X-Who\"\n", NULL, 0}};
  const struct gatehouse_decision decision = {.code = GATEHOUSE_DECISION_GRANTED, .subject = text("u")};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char path[] = "/tmp/gatehouse-names-XXXXXX";
    char* error = NULL;
    int forward = -1;
    EXPECT(write_config(path, cases[i].content));
    gatehouse_http_identity* identity = gatehouse_http_identity_read(text(path), &forward, &error);
    unlink(path);
    EXPECT((identity != NULL) == (cases[i].name != NULL) && (error == NULL) == (cases[i].name != NULL));
    gatehouse_free(error);
    if (identity == NULL) continue;
    gatehouse_pair fields[GATEHOUSE_HTTP_FIELD_MAX];
    char memory[GATEHOUSE_HTTP_FIELD_MEMORY];
    EXPECT(forward == cases[i].forward);
    EXPECT(gatehouse_http_identity_fields(identity, &decision, fields, memory, sizeof memory) >= 1);
    EXPECT(is(fields[0].name, cases[i].name) && is(fields[0].value, "u"));
    gatehouse_http_identity_release(identity);
  }
  EXPECT(gatehouse_http_identity_read(text("/nowhere.toml"), NULL, NULL) == NULL);
  return NULL;
}

static gatehouse_http_question ask(const char* method, const char* target) {
  gatehouse_http_question question = {.struct_size = sizeof question, .method = text(method), .target = text(target)};
  return question;
}

static const char* judges_by_rules(void) {
  char* error = NULL;
  gatehouse_http_rules* rules = rules_of(
      "[realms.r]\nchain = [\"none\"]\n[[http.rules]]\npath = \"/health\"\nrequire = \"anyone\"\n"
      "[[http.rules]]\npath = \"/data/**\"\nmethods = \"POST\"\nfrom = \"10.0.0.0/8\"\nhost = \"h\"\n"
      "require = [\"group:writers\", \"attribute:team=core\"]\n",
      &error);
  EXPECT(rules != NULL && error == NULL);
  EXPECT(gatehouse_http_rules_count(rules) == 2);

  const gatehouse_http_rule* rule = NULL;
  gatehouse_str why = text("x");
  gatehouse_http_question question = ask("GET", "/health?x");
  EXPECT(gatehouse_http_judge(rules, &question, &rule, &why) == GATEHOUSE_HTTP_ANYONE);
  EXPECT(rule != NULL && why.size == 0);
  question = ask("GET", "/other");
  EXPECT(gatehouse_http_judge(rules, &question, &rule, &why) == GATEHOUSE_HTTP_LOGIN && rule == NULL);
  question = ask("GET", "/health/../other");
  EXPECT(gatehouse_http_judge(rules, &question, &rule, &why) == GATEHOUSE_HTTP_RULED_OUT && rule == NULL);
  EXPECT(why.size > 0);
  const gatehouse_pair override[] = {pair("Accept", "*"), pair("x-http_method.override", "DELETE")};
  question = ask("GET", "/other");
  question.headers = override;
  question.header_count = 2;
  EXPECT(gatehouse_http_judge(rules, &question, NULL, NULL) == GATEHOUSE_HTTP_RULED_OUT);
  question.header_count = 1;
  EXPECT(gatehouse_http_judge(rules, &question, NULL, NULL) == GATEHOUSE_HTTP_LOGIN);

  question = ask("POST", "/data/1");
  question.host = text("H:80");
  question.from = text("::ffff:10.1.2.3");
  EXPECT(gatehouse_http_judge(rules, &question, &rule, &why) == GATEHOUSE_HTTP_LOGIN && rule != NULL);
  const gatehouse_str name = gatehouse_http_rule_name(rule);
  EXPECT(name.size > 7 && memcmp(name.data, "rule 2 ", 7) == 0);
  EXPECT(is(gatehouse_http_rule_requirement(rule), "group:writers or attribute:team=core"));

  const gatehouse_str writers[] = {text("readers"), text("writers")};
  const gatehouse_pair core[] = {pair("team", "other"), pair("team", "core")};
  struct gatehouse_decision decision = {.code = GATEHOUSE_DECISION_GRANTED, .subject = text("ann"), .groups = writers};
  EXPECT(!gatehouse_http_rule_allows(rule, &decision));
  decision.group_count = 1;
  EXPECT(!gatehouse_http_rule_allows(rule, &decision));
  EXPECT(gatehouse_http_rule_allows(NULL, &decision));
  decision.group_count = 2;
  EXPECT(gatehouse_http_rule_allows(rule, &decision));
  decision.code = GATEHOUSE_DECISION_DENIED;
  EXPECT(!gatehouse_http_rule_allows(rule, &decision) && !gatehouse_http_rule_allows(NULL, &decision));
  decision.code = GATEHOUSE_DECISION_GRANTED;
  decision.group_count = 0;
  decision.attributes = core;
  decision.attribute_count = 2;
  EXPECT(gatehouse_http_rule_allows(rule, &decision));
  decision.subject = text("");
  EXPECT(!gatehouse_http_rule_allows(rule, &decision) && !gatehouse_http_rule_allows(NULL, &decision));
  EXPECT(!gatehouse_http_rule_allows(rule, NULL) && !gatehouse_http_rule_allows(NULL, NULL));

  question = ask("GET", "/health");
  EXPECT(gatehouse_http_judge(NULL, &question, &rule, &why) == GATEHOUSE_HTTP_RULED_OUT && rule == NULL);
  EXPECT(gatehouse_http_judge(rules, NULL, NULL, NULL) == GATEHOUSE_HTTP_RULED_OUT);
  question.struct_size = 1;
  EXPECT(gatehouse_http_judge(rules, &question, NULL, NULL) == GATEHOUSE_HTTP_RULED_OUT);
  question = ask("GET", "/health");
  question.header_count = 1;
  EXPECT(gatehouse_http_judge(rules, &question, NULL, NULL) == GATEHOUSE_HTTP_RULED_OUT);
  gatehouse_http_rules_release(rules);
  gatehouse_http_rules_release(NULL);
  EXPECT(gatehouse_http_rules_count(NULL) == 0 && gatehouse_http_rule_name(NULL).size == 0);
  return NULL;
}

static const char* refuses_rules_that_say_nothing(void) {
  char* error = NULL;
  EXPECT(rules_of("[[http.rules]]\npath = \"/a\"\nrequire = \"everyone\"\n", &error) == NULL);
  EXPECT(error != NULL && strstr(error, "expected anyone, login, user:NAME") != NULL);
  free(error);
  error = NULL;
  EXPECT(gatehouse_http_rules_read(text("/no/such/file"), &error) == NULL && error != NULL);
  free(error);
  EXPECT(gatehouse_http_rules_read(text(NULL), NULL) == NULL);
  gatehouse_http_rules* none = rules_of("[realms.r]\nchain = [\"x\"]\n", &error);
  const gatehouse_http_question question = ask("GET", "/a/../b");
  EXPECT(none != NULL && gatehouse_http_rules_count(none) == 0);
  EXPECT(gatehouse_http_judge(none, &question, NULL, NULL) == GATEHOUSE_HTTP_LOGIN);
  gatehouse_http_rules_release(none);
  return NULL;
}

const struct c_api_check c_api_checks[] = {
    {"judges by rules", judges_by_rules},
    {"refuses rules that say nothing", refuses_rules_that_say_nothing},
    {"reads a password", reads_a_password},
    {"reads a token without memory", reads_a_token_without_memory},
    {"refuses and leaves nothing", refuses_and_leaves_nothing},
    {"never writes past the scratch", never_writes_past_the_scratch},
    {"two fields are malformed", two_fields_are_malformed},
    {"survives NULL", survives_null},
    {"answers each decision", answers_each_decision},
    {"a refused credential looks like a denied one", a_refused_credential_looks_like_a_denied_one},
    {"names the realm", names_the_realm},
    {"people get a page and a way to sign in", people_get_a_page_and_a_way_to_sign_in},
    {"tells the identity in given memory", tells_the_identity_in_given_memory},
    {"refuses over the limit", refuses_over_the_limit},
    {"refuses names with words", refuses_names_with_words},
    {"reads names of a file", reads_names_of_a_file},
    {"knows status texts", knows_status_texts},
};
const size_t c_api_check_count = sizeof c_api_checks / sizeof c_api_checks[0];
