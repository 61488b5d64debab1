// SPDX-License-Identifier: Apache-2.0
// What each kind of token is answered, with keys in a file.
#include "oidc_plugin.hpp"
#include "signer.hpp"

using namespace gatehouse::oidc;
using namespace gatehouse::oidc::test;

namespace {

constexpr std::int64_t kNow = 1'700'000'000;

std::string payload(const std::string& more = "", const std::string& issuer = "https://issuer.example") {
  return R"({"iss":")" + issuer + R"(","aud":"https://api.example","sub":"alice","exp":)" + std::to_string(kNow + 600) +
         more + "}";
}

struct Fixture {
  ScratchFolder folder;
  std::unique_ptr<Backend> backend;

  void open(std::map<std::string, std::string> options = {}, const std::string& keys = "") {
    options.emplace("issuer", "https://issuer.example");
    options.emplace("audience", "https://api.example");
    options.emplace("keys", folder.write("keys", keys.empty() ? default_keys() : keys));
    ::chmod(folder.file("keys").c_str(), 0600);
    backend = std::make_unique<Backend>(options);
    backend->host.wall = kNow * 1000;
  }
  void start(const std::map<std::string, std::string>& options = {}, const std::string& keys = "") {
    open(options, keys);
    backend->start();
  }
  static std::string default_keys() { return R"({"keys":[)" + rsa_signer().jwk() + "," + ec_signer().jwk() + "]}"; }
  /// The option that is complained about; "" if none is.
  std::string refused(const std::map<std::string, std::string>& options, const std::string& keys = "") {
    open(options, keys);
    const auto errors = backend->host.config_errors();
    CHECK((backend->instance == nullptr) == !errors.empty());
    return errors.empty() ? "" : errors.front().first;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a right token is granted, with all that is known of its holder") {
  start();
  const std::string token =
      ec_signer().token(Algorithm::es256, payload(R"(,"groups":["a","b"],"email":"alice@example.com","name":"Alice")"));
  CHECK(backend->ask(token) == GATEHOUSE_VERDICT_GRANTED);
  CHECK(backend->call->subject == "alice");
  CHECK(backend->call->groups == std::vector<std::string>{"a", "b"});
  CHECK(backend->call->attributes.size() == 2);
  CHECK(backend->call->expiry_ms == (kNow + 600 + 30) * 1000);
  CHECK(backend->call->challenge_schemes.empty());
  CHECK(backend->ask(rsa_signer().token(Algorithm::ps384, payload())) == GATEHOUSE_VERDICT_GRANTED);
}

TEST_CASE_FIXTURE(Fixture, "an identity ends with the token, at the latest after longest_validity") {
  start({{"longest_validity", "60000"}});
  CHECK(backend->ask(ec_signer().token(Algorithm::es256, payload())) == GATEHOUSE_VERDICT_GRANTED);
  CHECK(backend->call->expiry_ms == (kNow + 60) * 1000);
}

TEST_CASE_FIXTURE(Fixture, "JC-16: verdicts follow the wall clock, forth and back") {
  start();
  const std::string token = ec_signer().token(Algorithm::es256, payload(R"(,"iat":)" + std::to_string(kNow)));
  const auto after = [&](std::int64_t seconds) {
    backend->host.wall = (kNow + seconds) * 1000;
    return backend->ask(token);
  };
  CHECK(after(0) == GATEHOUSE_VERDICT_GRANTED);
  CHECK(after(3600) == GATEHOUSE_VERDICT_DENIED);
  CHECK(backend->call->reason == GATEHOUSE_REASON_EXPIRED);
  CHECK(after(0) == GATEHOUSE_VERDICT_GRANTED);
  CHECK(after(-3600) == GATEHOUSE_VERDICT_DENIED);
  CHECK(after(0) == GATEHOUSE_VERDICT_GRANTED);
}

TEST_CASE_FIXTURE(Fixture, "what is denied, and what is left to others") {
  start();
  const std::string right = ec_signer().token(Algorithm::es256, payload());
  const Signer stranger = Signer::ec("ec-1");
  struct Case {
    std::string token;
    gatehouse_verdict verdict;
    gatehouse_reason reason;
  };
  const std::vector<Case> cases = {
      {"opaque-token", GATEHOUSE_VERDICT_NOT_MINE, GATEHOUSE_REASON_UNKNOWN_USER},
      {"A===.x.y", GATEHOUSE_VERDICT_NOT_MINE, GATEHOUSE_REASON_UNKNOWN_USER},
      {ec_signer().token(Algorithm::es256, payload("", "https://other.example")), GATEHOUSE_VERDICT_NOT_MINE,
       GATEHOUSE_REASON_UNKNOWN_USER},
      {stranger.token(Algorithm::es256, payload("", "https://other.example")), GATEHOUSE_VERDICT_NOT_MINE,
       GATEHOUSE_REASON_UNKNOWN_USER},
      {ec_signer().token(Algorithm::es256, R"({"sub":"alice"})"), GATEHOUSE_VERDICT_NOT_MINE,
       GATEHOUSE_REASON_UNKNOWN_USER},
      {ec_signer().token(Algorithm::es256, R"({"iss":["https://issuer.example"]})"), GATEHOUSE_VERDICT_NOT_MINE,
       GATEHOUSE_REASON_UNKNOWN_USER},
      {right.substr(0, right.size() - 1), GATEHOUSE_VERDICT_DENIED, GATEHOUSE_REASON_BAD_CREDENTIAL},
      {right + "A", GATEHOUSE_VERDICT_DENIED, GATEHOUSE_REASON_BAD_CREDENTIAL},
      {right.substr(0, right.rfind('.') + 1), GATEHOUSE_VERDICT_DENIED, GATEHOUSE_REASON_BAD_CREDENTIAL},
      {stranger.token(Algorithm::es256, payload()), GATEHOUSE_VERDICT_DENIED, GATEHOUSE_REASON_BAD_CREDENTIAL},
      {Signer::ec("none").token(Algorithm::es256, payload()), GATEHOUSE_VERDICT_DENIED,
       GATEHOUSE_REASON_BAD_CREDENTIAL},
      {secret_signer().token(Algorithm::hs256, payload()), GATEHOUSE_VERDICT_DENIED, GATEHOUSE_REASON_BAD_CREDENTIAL},
      {rsa_signer().token(Algorithm::rs256, R"({"alg":"RS256","kid":"ec-1"})", payload()), GATEHOUSE_VERDICT_DENIED,
       GATEHOUSE_REASON_BAD_CREDENTIAL},
      {ec_signer().token(Algorithm::es256, R"({"alg":"none"})", payload()), GATEHOUSE_VERDICT_DENIED,
       GATEHOUSE_REASON_BAD_CREDENTIAL},
      {ec_signer().token(Algorithm::es256, R"({"alg":"ES256","kid":"ec-1","crit":["x"],"x":1})", payload()),
       GATEHOUSE_VERDICT_DENIED, GATEHOUSE_REASON_BAD_CREDENTIAL},
      {ec_signer().token(Algorithm::es256, R"({"alg":"ES256","kid":"ec-1","typ":"logout+jwt"})", payload()),
       GATEHOUSE_VERDICT_DENIED, GATEHOUSE_REASON_BAD_CREDENTIAL},
      {ec_signer().token(Algorithm::es256, R"({"iss":"https://issuer.example","aud":"x","sub":"a","exp":9999999999})"),
       GATEHOUSE_VERDICT_DENIED, GATEHOUSE_REASON_BAD_CREDENTIAL},
      {ec_signer().token(Algorithm::es256,
                         R"({"iss":"https://issuer.example","aud":"https://api.example","sub":"a","exp":1600000000})"),
       GATEHOUSE_VERDICT_DENIED, GATEHOUSE_REASON_EXPIRED},
      {ec_signer().token(Algorithm::es256,
                         R"({"iss":"https://issuer.example","aud":"https://api.example","exp":9999999999})"),
       GATEHOUSE_VERDICT_DENIED, GATEHOUSE_REASON_BAD_CREDENTIAL},
      {ec_signer().token(Algorithm::es256, payload(R"(,"cnf":{"jkt":"x"})")), GATEHOUSE_VERDICT_DENIED,
       GATEHOUSE_REASON_BAD_CREDENTIAL},
      {ec_signer().token(Algorithm::es256, payload(R"(,"cnf":null)")), GATEHOUSE_VERDICT_DENIED,
       GATEHOUSE_REASON_BAD_CREDENTIAL}};
  for (const Case& c : cases) {
    CAPTURE(c.token);
    CHECK(backend->ask(c.token) == c.verdict);
    CHECK(backend->call->reason == c.reason);
    CHECK(backend->call->subject == "");
    CHECK(backend->call->challenge_schemes == std::vector<std::string>{"Bearer"});
    CHECK(backend->call->challenge_parameters ==
          std::vector<std::pair<std::string, std::string>>{{"error", "invalid_token"}});
  }
  CHECK(backend->ask(right) == GATEHOUSE_VERDICT_GRANTED);
}

TEST_CASE_FIXTURE(Fixture, "JW-08, JW-34: no other text of a right token is right") {
  start();
  std::string token = ec_signer().token(Algorithm::es256, payload());
  int granted = 0;
  for (std::size_t at = 0; at < token.size(); ++at) {
    const char was = token[at];
    for (const char c : {'A', 'B', '_', '.', '=', '\0', ' '}) {
      token[at] = c;
      if (c != was) granted += backend->ask(token) == GATEHOUSE_VERDICT_GRANTED ? 1 : 0;
    }
    token[at] = was;
  }
  CHECK(granted == 0);
  CHECK(backend->ask(token) == GATEHOUSE_VERDICT_GRANTED);
}

TEST_CASE_FIXTURE(Fixture, "nothing of a token is told or logged") {
  start();
  const std::string canary = "canary7f3a";
  const std::string token = Signer::ec(canary).token(
      Algorithm::es256, R"({"iss":"https://issuer.example","aud":"canary7f3a","sub":"canary7f3a","exp":9999999999})");
  CHECK(backend->ask(token) == GATEHOUSE_VERDICT_DENIED);
  CHECK(backend->call->detail.find(canary) == std::string::npos);
  CHECK(backend->ask(ec_signer().token(Algorithm::es256,
                                       R"({"iss":"https://issuer.example","aud":"canary7f3a","exp":"canary7f3a"})")) ==
        GATEHOUSE_VERDICT_DENIED);
  CHECK(backend->call->detail.find(canary) == std::string::npos);
  CHECK_FALSE(backend->host.ever_logged(canary));
}

TEST_CASE_FIXTURE(Fixture, "a scope that is missing is forbidden, and named") {
  start({{"required_scopes", "read,write"}});
  CHECK(backend->ask(ec_signer().token(Algorithm::es256, payload(R"(,"scope":"read")"))) ==
        GATEHOUSE_VERDICT_FORBIDDEN);
  CHECK(backend->call->reason == GATEHOUSE_REASON_INSUFFICIENT);
  CHECK(backend->call->challenge_parameters ==
        std::vector<std::pair<std::string, std::string>>{{"error", "insufficient_scope"}, {"scope", "read write"}});
  CHECK(backend->ask(ec_signer().token(Algorithm::es256, payload(R"(,"scope":"write read")"))) ==
        GATEHOUSE_VERDICT_GRANTED);
}

TEST_CASE_FIXTURE(Fixture, "JW-20: only algorithms of the list") {
  start({{"algorithms", "RS256"}});
  CHECK(backend->ask(rsa_signer().token(Algorithm::rs256, payload())) == GATEHOUSE_VERDICT_GRANTED);
  CHECK(backend->ask(rsa_signer().token(Algorithm::ps256, payload())) == GATEHOUSE_VERDICT_DENIED);
  CHECK(backend->ask(ec_signer().token(Algorithm::es256, payload())) == GATEHOUSE_VERDICT_DENIED);
}

TEST_CASE_FIXTURE(Fixture, "a token in the place of a password") {
  const std::string token = ec_signer().token(Algorithm::es256, payload());
  start();
  const auto taken_by =
      static_cast<const gatehouse_credentials*>(gatehouse_plugin_v1()->get_extension(c_str(GATEHOUSE_EXT_CREDENTIALS)));
  REQUIRE(taken_by != nullptr);
  CHECK(taken_by->taken_by(backend->instance) == GATEHOUSE_CREDENTIAL_BEARER);
  CHECK(backend->ask(gatehouse::test::password_request("x", token)) == GATEHOUSE_VERDICT_NOT_MINE);
  start({{"password_is_token", "true"}});
  CHECK(taken_by->taken_by(backend->instance) == (GATEHOUSE_CREDENTIAL_BEARER | GATEHOUSE_CREDENTIAL_PASSWORD));
  CHECK(backend->ask(gatehouse::test::password_request("anybody", token)) == GATEHOUSE_VERDICT_GRANTED);
  CHECK(backend->call->subject == "alice");
  CHECK(backend->ask(gatehouse::test::password_request("anybody", "a password")) == GATEHOUSE_VERDICT_NOT_MINE);
  CHECK(backend->ask(gatehouse::test::password_request("anybody", token + "x")) == GATEHOUSE_VERDICT_DENIED);
  CHECK(backend->ask(token) == GATEHOUSE_VERDICT_GRANTED);
}

TEST_CASE_FIXTURE(Fixture, "JW-16: public keys and shared secrets are not mixed up") {
  CHECK(refused({{"algorithms", "HS256"}}) == "algorithms");
  CHECK(refused({}, secret_signer().jwk()) == "algorithms");
  CHECK(refused({{"algorithms", "HS256,RS256"}}) == "algorithms");
  CHECK(refused({{"algorithms", "none"}}) == "algorithms");
  CHECK(refused({{"algorithms", "rs256"}}) == "algorithms");
  start({{"algorithms", "HS256"}}, secret_signer().jwk());
  CHECK(backend->ask(secret_signer().token(Algorithm::hs256, payload())) == GATEHOUSE_VERDICT_GRANTED);
  CHECK(backend->ask(secret_signer().token(Algorithm::hs512, payload())) == GATEHOUSE_VERDICT_DENIED);
}

TEST_CASE_FIXTURE(Fixture, "what the configuration must say") {
  CHECK(refused({{"audience", ""}}) == "audience");
  CHECK(refused({{"any_audience", "true"}}) == "any_audience");
  CHECK(refused({{"required_claims", "novalue"}}) == "required_claims");
  CHECK(refused({{"required_claims", "=x"}}) == "required_claims");
  CHECK(refused({{"group_claims", "a.a.a.a.a.a.a.a.a.a.a.a"}}) == "group_claims");
  CHECK(refused({{"attributes", "email"}}) == "attributes");
  CHECK(refused({}, "no keys") == "keys");
  CHECK(refused({{"keys", folder.file("none")}}) == "keys");
  CHECK(refused({{"keys", "/dev/zero"}}) == "keys");
}

TEST_CASE_FIXTURE(Fixture,
                  "a refusal for a key that is not known is not remembered: the provider may have it a moment later") {
  start();
  CHECK(backend->ask(Signer::ec("new").token(Algorithm::es256, payload())) == GATEHOUSE_VERDICT_DENIED);
  CHECK(backend->call->no_store);
  CHECK(backend->ask(Signer::ec("ec-1").token(Algorithm::es256, payload())) == GATEHOUSE_VERDICT_DENIED);
  CHECK_FALSE(backend->call->no_store);
}

TEST_CASE_FIXTURE(Fixture, "any audience is said loudly") {
  start({{"audience", ""}, {"any_audience", "true"}});
  CHECK(backend->host.logged(GATEHOUSE_LOG_WARNING, "any_audience"));
  CHECK(backend->ask(
            ec_signer().token(Algorithm::es256, R"({"iss":"https://issuer.example","sub":"a","exp":9999999999})")) ==
        GATEHOUSE_VERDICT_GRANTED);
}
