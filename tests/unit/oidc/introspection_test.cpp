// SPDX-License-Identifier: Apache-2.0
// Group JK-20 to JK-25 of the catalogue, and how this backend proves itself.
#include <openssl/pem.h>
#include <base64url.hpp>
#include <introspection.hpp>
#include <json.hpp>
#include <key_set.hpp>
#include <signature.hpp>
#include <token_gate.hpp>

#include "loopback_server.hpp"
#include "oidc_plugin.hpp"
#include "signer.hpp"

using namespace gatehouse::oidc;
using namespace gatehouse::oidc::test;
using Kind = Introspected::Kind;

namespace {

constexpr std::int64_t kNow = 1'700'000'000;

std::string active(const std::string& more = "") {
  return R"({"active":true,"token_type":"Bearer","aud":"https://api.example","sub":"bob","exp":)" +
         std::to_string(kNow + 600) + more + "}";
}

struct Asked {
  std::mutex mutex;
  std::string body = active();
  std::string status = "200 OK";
  LoopbackServer server{[this](const LoopbackServer::Request&) {
    const std::lock_guard lock(mutex);
    return http_reply(body, status);
  }};
  ScratchFolder folder;
  std::unique_ptr<Backend> backend;

  void start(std::map<std::string, std::string> more = {}) {
    more.emplace("issuer", "https://issuer.example");
    more.emplace("audience", "https://api.example");
    more.emplace("keys", folder.write("keys", ec_signer().jwks()));
    more.emplace("introspection", "opaque");
    more.emplace("introspection_endpoint", server.url() + "/introspect");
    more.emplace("http_on_loopback", "true");
    more.emplace("client_id", "gate");
    more.emplace("client_secret", "s3cret:with%odd&parts-and-enough-bytes");
    backend = std::make_unique<Backend>(more);
    backend->host.wall = kNow * 1000;
    backend->start();
  }
  gatehouse_verdict ask(const std::string& token, const std::string& with, const std::string& with_status = "200 OK") {
    {
      const std::lock_guard lock(mutex);
      body = with;
      status = with_status;
    }
    backend->host.monotonic += 20'000;  // what was remembered of the last answer is over
    return backend->ask(token);
  }
};

std::string parameter(const std::string& form, const std::string& name) {
  const auto begin = ("&" + form).find("&" + name + "=");
  if (begin == std::string::npos) return "";
  const auto value = begin + name.size() + 1;
  return form.substr(value, form.find('&', value) - value);
}

}  // namespace

TEST_CASE("JK-20: only true is active") {
  CHECK(read_introspection(R"({"active":true})").kind == Kind::active);
  for (const std::string_view text : {R"({"active":"true"})", R"({"active":1})", R"({"active":null})",
                                      R"({"active":[]})", R"({"active":false})", "{}", R"({"sub":"a"})"}) {
    CAPTURE(text);
    CHECK(read_introspection(text).kind == Kind::inactive);
  }
  for (const std::string_view text : {"", "[]", "true", "<html>", R"({"active":true,"active":false})",
                                      R"({"error":"server_error"})", R"({"active":true,"error":"x"})"}) {
    CAPTURE(text);
    CHECK(read_introspection(text).kind == Kind::unknown);
  }
}

TEST_CASE_FIXTURE(Asked, "an opaque token is asked about, and its claims are looked at like those of a JWT") {
  start({{"required_scopes", "use"}});
  CHECK(ask("opaque", active(R"(,"scope":"use")")) == GATEHOUSE_VERDICT_GRANTED);
  CHECK(backend->call->subject == "bob");
  CHECK(backend->call->cache_until_ms == (kNow + 60) * 1000);
  CHECK(backend->call->expiry_ms == (kNow + 630) * 1000);
  CHECK(ask("opaque", active()) == GATEHOUSE_VERDICT_FORBIDDEN);
  CHECK(ask("opaque", R"({"active":false})") == GATEHOUSE_VERDICT_NOT_MINE);
  CHECK(ask("opaque", R"({"active":"true"})") == GATEHOUSE_VERDICT_NOT_MINE);
  CHECK(ask("opaque", R"({"active":true,"token_type":"Bearer","sub":"bob","exp":9999999999})") ==
        GATEHOUSE_VERDICT_DENIED);
  CHECK(ask("opaque", R"({"active":true,"sub":"bob","aud":"x","exp":9999999999})") == GATEHOUSE_VERDICT_DENIED);
  CHECK(ask("opaque", R"({"active":true,"sub":"bob","aud":"https://api.example","exp":1})") ==
        GATEHOUSE_VERDICT_DENIED);
  CHECK(ask("opaque", active(R"(,"iss":"https://other.example")")) == GATEHOUSE_VERDICT_DENIED);
  CHECK(ask("opaque", active(R"(,"scope":"use","cnf":{"jkt":"x"})")) == GATEHOUSE_VERDICT_DENIED);
}

TEST_CASE_FIXTURE(Asked, "JK-22, JK-23: no answer to rely on is no denial and no grant, and there is no storm") {
  start();
  for (const std::string with :
       {"401 Unauthorized", "403 Forbidden", "429 Slow Down", "500 Oops", "503 Busy", "302 Found", "204 No Content"}) {
    CAPTURE(with);
    CHECK(ask("opaque", active(), with) == GATEHOUSE_VERDICT_UNAVAILABLE);
  }
  CHECK(ask("opaque", "<html>") == GATEHOUSE_VERDICT_UNAVAILABLE);
  CHECK(ask("opaque", std::string(100'000, ' ')) == GATEHOUSE_VERDICT_UNAVAILABLE);
  CHECK(backend->host.logged(GATEHOUSE_LOG_ERROR, "does not accept client_id"));
  for (const std::string with : {"400 Bad Request", "414 Too Long", "500 Oops"}) {  // what a token may bring about
    CHECK(ask("opaque", active(), with) == GATEHOUSE_VERDICT_UNAVAILABLE);
    const auto asked = server.requests().size();
    CHECK(backend->ask("opaque") == GATEHOUSE_VERDICT_UNAVAILABLE);
    CHECK(server.requests().size() == asked + 1);
  }
  CHECK(ask("opaque", active(), "503 Busy") == GATEHOUSE_VERDICT_UNAVAILABLE);
  const auto before = server.requests().size();
  for (int i = 0; i < 100; ++i) CHECK(backend->ask("opaque") == GATEHOUSE_VERDICT_UNAVAILABLE);
  CHECK(server.requests().size() == before);
  CHECK(ask("opaque", active()) == GATEHOUSE_VERDICT_GRANTED);
}

TEST_CASE_FIXTURE(Asked, "JK-25: a token of any bytes is one parameter; passwords and foreign JWTs are not sent") {
  start({{"password_is_token", "true"}});
  CHECK(ask("a&active=true+\r\nX: y", active()) == GATEHOUSE_VERDICT_GRANTED);
  CHECK(parameter(server.requests().back().body, "token") == "a%26active%3Dtrue%2B%0D%0AX%3A%20y");
  const auto before = server.requests().size();
  CHECK(backend->ask(gatehouse::test::password_request("alice", "her password")) == GATEHOUSE_VERDICT_NOT_MINE);
  CHECK(backend->ask(ec_signer().token(Algorithm::es256, R"({"iss":"https://other.example"})")) ==
        GATEHOUSE_VERDICT_NOT_MINE);
  CHECK(server.requests().size() == before);
}

TEST_CASE_FIXTURE(Asked, "JWTs too, on request: only those that are right are asked about") {
  start({{"introspection", "all"}});
  const std::string claims =
      R"({"iss":"https://issuer.example","aud":"https://api.example","sub":"alice","exp":9999999999})";
  const std::string token = ec_signer().token(Algorithm::es256, claims);
  CHECK(ask(token, R"({"active":true})") == GATEHOUSE_VERDICT_GRANTED);
  CHECK(backend->call->subject == "alice");
  CHECK(backend->call->cache_until_ms == (kNow + 60) * 1000);
  CHECK(ask(token, R"({"active":false})") == GATEHOUSE_VERDICT_DENIED);
  CHECK(ask(token, "", "500 Oops") == GATEHOUSE_VERDICT_UNAVAILABLE);
  const auto before = server.requests().size();
  CHECK(ask(token + "A", R"({"active":true})") == GATEHOUSE_VERDICT_DENIED);
  CHECK(ask(Signer::ec("ec-1").token(Algorithm::es256, claims), R"({"active":true})") == GATEHOUSE_VERDICT_DENIED);
  CHECK(server.requests().size() == before);
}

TEST_CASE_FIXTURE(Asked, "JC-29: only what the provider calls an access token counts") {
  start();
  const auto told = [&](const std::string& kind) {
    return ask("opaque", R"({"active":true,"aud":"https://api.example","sub":"bob","exp":9999999999)" + kind + "}");
  };
  for (const std::string kind :
       {R"("token_type":"Bearer")", R"("token_type":"bearer")", R"("token_type":"DPoP","cnf":{"jkt":"x"})",
        R"("token_type":"Bearer","typ":"Bearer")", R"("token_type":"Bearer","token_use":"access_token")"}) {
    CAPTURE(kind);
    const bool bound = kind.find("cnf") != std::string::npos;
    CHECK(told("," + kind) == (bound ? GATEHOUSE_VERDICT_DENIED : GATEHOUSE_VERDICT_GRANTED));
    if (bound) CHECK(backend->call->detail.find("without a proof") != std::string::npos);
  }
  CHECK(told("") == GATEHOUSE_VERDICT_DENIED);
  CHECK(backend->call->detail.find("untyped_tokens") != std::string::npos);
  const std::vector<std::string> others = {R"("token_type":"refresh_token")",
                                           R"("token_type":"N_A")",
                                           R"("token_type":"Bearer ")",
                                           R"("token_type":null)",
                                           R"("token_type":["Bearer"])",
                                           R"("token_type":"")",
                                           R"("token_type":"DPoP")",
                                           R"("token_use":"refresh_token")",
                                           R"("token_use":"id")",
                                           R"("token_use":1)",
                                           R"("token_usage":"refresh")",
                                           R"("typ":"Refresh")",
                                           R"("typ":"Offline")",
                                           R"("typ":"ID")",
                                           R"("at_hash":"x")",
                                           R"("events":{})"};
  for (const std::string& kind : others) {
    CAPTURE(kind);
    const std::string type = kind.find("token_type") == std::string::npos ? R"(,"token_type":"Bearer")" : "";
    CHECK(told(type + "," + kind) == GATEHOUSE_VERDICT_DENIED);
  }
  start({{"untyped_tokens", "true"}});
  CHECK(told("") == GATEHOUSE_VERDICT_GRANTED);
  for (const std::string& kind : others) {
    CAPTURE(kind);
    CHECK(told("," + kind) == GATEHOUSE_VERDICT_DENIED);
  }
}

TEST_CASE_FIXTURE(Asked, "what the provider says of a JWT counts beside what the JWT says") {
  start({{"introspection", "all"}, {"required_scopes", "use"}, {"authorized_parties", "ci"}});
  const auto token = [](const std::string& more) {
    return ec_signer().token(
        Algorithm::es256,
        R"({"iss":"https://issuer.example","aud":"https://api.example","sub":"alice","scope":"use","azp":"ci","exp":)" +
            std::to_string(kNow + 600) + more + "}");
  };
  const std::string plain = token("");
  const auto told = [&](const std::string& more) { return ask(plain, R"({"active":true)" + more + "}"); };
  CHECK(told("") == GATEHOUSE_VERDICT_GRANTED);
  CHECK(backend->call->expiry_ms == (kNow + 630) * 1000);
  CHECK(told(R"(,"iss":"https://issuer.example","aud":["x","https://api.example"],"sub":"alice","scope":"a use")") ==
        GATEHOUSE_VERDICT_GRANTED);
  CHECK(told(R"(,"exp":)" + std::to_string(kNow + 10)) == GATEHOUSE_VERDICT_GRANTED);
  CHECK(backend->call->expiry_ms == (kNow + 40) * 1000);
  CHECK(told(R"(,"exp":)" + std::to_string(kNow + 9'999)) == GATEHOUSE_VERDICT_GRANTED);
  CHECK(backend->call->expiry_ms == (kNow + 630) * 1000);
  for (const std::string more :
       {R"("iss":"https://other.example")", R"("aud":"x")", R"("sub":"bob")", R"("sub":1)", R"("exp":1)",
        R"("exp":"never")", R"("nbf":9999999999)", R"("client_id":"other")", R"("token_type":"refresh_token")",
        R"("token_use":"refresh_token")", R"("token_type":"DPoP")", R"("cnf":{})", R"("cnf":{"jkt":"x"})",
        R"("cnf":{"x5t#S256":"x"})"}) {
    CAPTURE(more);
    CHECK(told(std::string(",") + more) == GATEHOUSE_VERDICT_DENIED);
  }
  CHECK(told(R"(,"scope":"a")") == GATEHOUSE_VERDICT_FORBIDDEN);
  CHECK(ask(token(R"(,"cnf":{"jkt":"a"})"), R"({"active":true,"cnf":{"jkt":"b"}})") == GATEHOUSE_VERDICT_DENIED);
  CHECK(backend->call->detail.find("another one") != std::string::npos);
}

TEST_CASE_FIXTURE(Asked, "who comes again with a token that is not active costs no question for a while") {
  start();
  CHECK(ask("gone", R"({"active":false})") == GATEHOUSE_VERDICT_NOT_MINE);
  const auto before = server.requests().size();
  for (int i = 0; i < 100; ++i) CHECK(backend->ask("gone") == GATEHOUSE_VERDICT_NOT_MINE);
  CHECK(server.requests().size() == before);
  CHECK(backend->ask("other") == GATEHOUSE_VERDICT_NOT_MINE);
  CHECK(server.requests().size() == before + 1);
  CHECK(ask("gone", active()) == GATEHOUSE_VERDICT_GRANTED);
  // ... also while the provider has had enough.
  CHECK(ask("gone", R"({"active":false})") == GATEHOUSE_VERDICT_NOT_MINE);
  backend->host.monotonic -= 20'000;
  CHECK(ask("new", "", "429 Slow Down") == GATEHOUSE_VERDICT_UNAVAILABLE);
  CHECK(backend->ask("newer") == GATEHOUSE_VERDICT_UNAVAILABLE);
  CHECK(backend->ask("gone") == GATEHOUSE_VERDICT_NOT_MINE);
  start({{"introspection_cache", "0"}});
  CHECK(ask("gone", R"({"active":false})") == GATEHOUSE_VERDICT_NOT_MINE);
  const auto asked = server.requests().size();
  CHECK(backend->ask("gone") == GATEHOUSE_VERDICT_NOT_MINE);
  CHECK(server.requests().size() == asked + 1);
}

TEST_CASE_FIXTURE(Asked, "how the client proves itself: basic and post") {
  start();
  CHECK(ask("opaque", active()) == GATEHOUSE_VERDICT_GRANTED);
  // gate:s3cret%3Awith%25odd%26parts-and-enough-bytes
  CHECK(server.requests().back().head.find(
            "Authorization: Basic Z2F0ZTpzM2NyZXQlM0F3aXRoJTI1b2RkJTI2cGFydHMtYW5kLWVub3VnaC1ieXRlcw==\r\n") !=
        std::string::npos);
  start({{"client_auth", "post"}});
  CHECK(ask("opaque", active()) == GATEHOUSE_VERDICT_GRANTED);
  CHECK(server.requests().back().head.find("Authorization") == std::string::npos);
  CHECK(parameter(server.requests().back().body, "client_secret") == "s3cret%3Awith%25odd%26parts-and-enough-bytes");
}

TEST_CASE_FIXTURE(Asked, "how the client proves itself: assertions, each once") {
  const std::string key = folder.file("client.pem");
  std::FILE* file = std::fopen(key.c_str(), "w");
  REQUIRE(PEM_write_PrivateKey(file, ec_signer().key(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  REQUIRE(std::fclose(file) == 0);
  ::chmod(key.c_str(), 0600);
  const Signer by_secret = Signer::secret("", "s3cret:with%odd&parts-and-enough-bytes");
  struct Case {
    std::map<std::string, std::string> options;
    std::string keys;
  };
  for (const auto& [options, keys] :
       {Case{{{"client_auth", "client_secret_jwt"}}, by_secret.jwk()},
        Case{{{"client_auth", "private_key_jwt"}, {"client_key", key}}, ec_signer().jwk()}}) {
    start(options);
    std::string last;
    for (int i = 0; i < 2; ++i) {
      CHECK(ask("opaque", active()) == GATEHOUSE_VERDICT_GRANTED);
      const std::string assertion = parameter(server.requests().back().body, "client_assertion");
      CHECK(assertion != last);
      last = assertion;
      const auto token = gate(assertion);
      REQUIRE(token.token);
      const auto set = KeySet::of_file(keys);
      REQUIRE(set);
      CHECK(verify_signature(set->keys().front(), token.token->algorithm, token.token->signed_part,
                             token.token->signature));
      const auto claims = token.token->payload.root();
      CHECK(claims.member("iss").text() == "gate");
      CHECK(claims.member("sub").text() == "gate");
      CHECK(claims.member("aud").text() == "https://issuer.example");
      CHECK(claims.member("exp").number() == kNow + 60);
      CHECK(claims.member("jti").text()->size() == 22);
    }
    CHECK(server.requests().back().body.find("s3cret") == std::string::npos);
  }
}

TEST_CASE_FIXTURE(Asked, "what the configuration must say") {
  const auto refused = [&](std::map<std::string, std::string> more) {
    more.emplace("issuer", "https://issuer.example");
    more.emplace("audience", "https://api.example");
    more.emplace("keys", folder.write("keys", ec_signer().jwks()));
    more.emplace("introspection", "opaque");
    more.emplace("introspection_endpoint", "https://issuer.example/introspect");
    more.emplace("client_id", "gate");
    more.emplace("client_secret", "short");
    const Backend made(more);
    const auto errors = made.host.config_errors();
    return errors.empty() ? "" : errors.front().first;
  };
  CHECK(refused({}) == "");
  CHECK(refused({{"introspection", "off"}}) != "");
  CHECK(refused({{"introspection_endpoint", ""}}) == "introspection_endpoint");
  CHECK(refused({{"introspection_endpoint", "http://issuer.example/"}}) == "introspection_endpoint");
  CHECK(refused({{"client_id", ""}}) == "client_id");
  CHECK(refused({{"client_secret", ""}}) == "client_secret");
  CHECK(refused({{"client_auth", "client_secret_jwt"}}) == "client_secret");
  CHECK(refused({{"client_auth", "private_key_jwt"}}) == "client_key");
  CHECK(refused({{"client_auth", "private_key_jwt"}, {"client_key", folder.write("k", "x")}}) == "client_key");
  CHECK(refused({{"client_auth", "tls"}}) == "client_certificate");
  CHECK(refused({{"binding", "dpop"}}) == "dpop_origins");
  CHECK(refused({{"dpop_origins", "https://app.example/x"}}) == "dpop_origins");
}
