// SPDX-License-Identifier: Apache-2.0
// Group JC of the catalogue: what the claims of a verified token say.
#include <doctest/doctest.h>
#include <claims.hpp>

#include <string>
#include <vector>

using namespace gatehouse::oidc;
using namespace std::string_literals;
using Kind = ClaimsAnswer::Kind;

namespace {

constexpr std::int64_t kNow = 1'700'000'000;

ClaimRules usual() {
  ClaimRules rules;
  rules.issuer = "https://issuer.example";
  rules.audiences = {"https://api.example"};
  return rules;
}

/// Claims in their order; a name that comes again takes the place of the first.
class Claims {
 public:
  Claims() {
    set("iss", R"("https://issuer.example")").set("aud", R"("https://api.example")").set("sub", R"("alice")");
    set("exp", std::to_string(kNow + 60)).set("iat", std::to_string(kNow - 60));
  }
  Claims& set(const std::string& name, const std::string& value) {
    for (auto& [known, held] : members_) {
      if (known == name) {
        held = value;
        return *this;
      }
    }
    members_.emplace_back(name, value);
    return *this;
  }
  Claims& drop(const std::string& name) {
    std::erase_if(members_, [&](const auto& member) { return member.first == name; });
    return *this;
  }
  [[nodiscard]] ClaimsAnswer check(const ClaimRules& rules = usual(), std::string_view type = "",
                                   std::int64_t now_ms = kNow * 1000) const {
    std::string text;
    for (const auto& [name, value] : members_) text += (text.empty() ? "{\"" : ",\"") + name + "\":" + value;
    const auto document = json::parse_object(text + "}", {.size = 10'000'000, .depth = 16, .values = 1'000'000});
    if (!document) return {.kind = Kind::refused, .why = "no JSON"};
    return check_claims(document->root(), type, rules, WallTime(std::chrono::milliseconds(now_ms)));
  }

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

Kind with(const std::string& name, const std::string& value, const ClaimRules& rules = usual()) {
  return Claims().set(name, value).check(rules).kind;
}

std::string seconds(std::int64_t offset) {
  return std::to_string(kNow + offset);
}

}  // namespace

TEST_CASE("right claims are accepted, and end with exp and leeway") {
  const auto answer = Claims().check();
  CHECK(answer.kind == Kind::accepted);
  CHECK(answer.why == "");
  CHECK(answer.expires.time_since_epoch().count() == (kNow + 60 + 30) * 1000);
}

TEST_CASE("JC-01, JC-07, JC-13: a claim that must be there") {
  for (const std::string name : {"exp", "aud", "iss"}) {
    CAPTURE(name);
    CHECK(Claims().drop(name).check().kind == Kind::refused);
  }
}

TEST_CASE("every claim of every wrong type") {
  for (const std::string name : {"iss", "aud", "exp", "nbf", "iat", "azp", "client_id"}) {
    for (const std::string value : {"null", "true", "false", "{}", "[]", "[null]", "[1]", "[[\"https://api.example\"]]",
                                    "\"\"", "-1", "{\"a\":1}"}) {
      CAPTURE(name);
      CAPTURE(value);
      CHECK(with(name, value) == Kind::refused);
    }
  }
  for (const std::string name : {"exp", "nbf", "iat"}) CHECK(with(name, '"' + seconds(60) + '"') == Kind::refused);
  for (const std::string name : {"iss", "aud", "azp", "client_id"}) CHECK(with(name, "1") == Kind::refused);
}

TEST_CASE("JC-02: exp, to the millisecond") {
  const auto at = [](std::int64_t offset_ms, std::chrono::milliseconds leeway) {
    ClaimRules rules = usual();
    rules.leeway = leeway;
    return Claims().set("exp", seconds(0)).check(rules, "", kNow * 1000 + offset_ms).kind;
  };
  using std::chrono::milliseconds;
  CHECK(at(-1, milliseconds(0)) == Kind::accepted);
  CHECK(at(0, milliseconds(0)) == Kind::expired);
  CHECK(at(1000, milliseconds(30'000)) == Kind::accepted);
  CHECK(at(29'999, milliseconds(30'000)) == Kind::accepted);
  CHECK(at(30'000, milliseconds(30'000)) == Kind::expired);
}

TEST_CASE("JC-04: exp in every number there is") {
  CHECK(with("exp", seconds(10) + ".5") == Kind::accepted);
  CHECK(with("exp", "1.7000001e9") == Kind::accepted);
  CHECK(with("exp", "1.6e9") == Kind::expired);
  CHECK(with("exp", "0") == Kind::expired);
  CHECK(with("exp", "-0") == Kind::expired);
  CHECK(with("exp", "1e-300") == Kind::expired);
  for (const std::string value : {"1e400", "9223372036854775807", "9223372036854775808", "1180591620717411303424", "-1",
                                  "-2", "-0.5", "1e300", "253402300800", "NaN", "Infinity"}) {
    CAPTURE(value);
    CHECK(with("exp", value) == Kind::refused);
  }
}

TEST_CASE("JC-14: nbf and iat") {
  CHECK(with("nbf", seconds(30)) == Kind::accepted);
  CHECK(with("nbf", seconds(31)) == Kind::refused);
  CHECK(with("nbf", seconds(-100000)) == Kind::accepted);
  CHECK(with("nbf", "0") == Kind::accepted);
  CHECK(with("nbf", seconds(61)) == Kind::refused);
  CHECK(Claims().set("nbf", seconds(20)).set("exp", seconds(10)).check().kind == Kind::refused);
  CHECK(with("iat", seconds(30)) == Kind::accepted);
  CHECK(with("iat", seconds(31)) == Kind::refused);
  CHECK(Claims().drop("iat").check().kind == Kind::accepted);
}

TEST_CASE("JC-08, JC-10, JC-11: the audience, letter by letter") {
  CHECK(with("aud", R"(["x","https://api.example"])") == Kind::accepted);
  for (const std::string value :
       {R"("https://api.example/")", R"("https://api.exampl")", R"("HTTPS://API.EXAMPLE")", R"("https://api.example ")",
        R"("x https://api.example")", R"(["x"])", R"(["x",1,"https://api.example"])"}) {
    CAPTURE(value);
    CHECK(with("aud", value) == Kind::refused);
  }
  std::string many = "[\"https://api.example\"";
  for (int i = 0; i < 100'000; ++i) many += ",\"x\"";
  CHECK(with("aud", many + "]") == Kind::refused);
  ClaimRules any = usual();
  any.audiences.clear();
  CHECK(Claims().drop("aud").check(any).kind == Kind::accepted);
  CHECK(Claims().set("aud", "1").check(any).kind == Kind::refused);
}

TEST_CASE("JC-13: the issuer, letter by letter") {
  for (const std::string value :
       {R"("https://issuer.example/")", R"("https://Issuer.example")", R"("https://issuer.exampl\u0435")",
        R"("https://issuer.example.evil")", R"("http://issuer.example")", R"(["https://issuer.example"])"}) {
    CAPTURE(value);
    CHECK(with("iss", value) == Kind::refused);
  }
}

TEST_CASE("authorized parties: azp, or else client_id") {
  ClaimRules rules = usual();
  rules.authorized_parties = {"ci", "web"};
  CHECK(Claims().check(rules).kind == Kind::refused);
  CHECK(with("azp", R"("ci")", rules) == Kind::accepted);
  CHECK(with("azp", R"("CI")", rules) == Kind::refused);
  CHECK(with("client_id", R"("web")", rules) == Kind::accepted);
  CHECK(Claims().set("azp", R"("other")").set("client_id", R"("web")").check(rules).kind == Kind::refused);
}

TEST_CASE("JC-26, JC-29: which kinds of token count") {
  for (const std::string_view type : {"", "jwt", "at+jwt"}) CHECK(Claims().check(usual(), type).kind == Kind::accepted);
  for (const std::string_view type : {"id_token", "dpop+jwt", "logout+jwt", "secevent+jwt", "jwe", "jose", "x"}) {
    CHECK(Claims().check(usual(), type).kind == Kind::refused);
  }
  CHECK(with("events", R"({"http://schemas.openid.net/event/backchannel-logout":{}})") == Kind::refused);

  ClaimRules strict = usual();
  strict.kind.access_tokens_only = true;
  Claims complete;
  complete.set("client_id", R"("ci")").set("jti", R"("1")");
  CHECK(complete.check(strict, "at+jwt").kind == Kind::accepted);
  for (const std::string_view type : {"", "jwt", "id_token", "at+jwt "})
    CHECK(complete.check(strict, type).kind == Kind::refused);
  for (const std::string name : {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"}) {
    CAPTURE(name);
    CHECK(Claims(complete).drop(name).check(strict, "at+jwt").kind == Kind::refused);
  }
}

TEST_CASE("JC-29: tokens that say of themselves that they are of another kind") {
  struct Named {
    std::string name;
    std::string value;
  };
  ClaimRules ids = usual();
  ids.kind.id_tokens = true;
  for (const Named& one : std::vector<Named>{
           {"at_hash", R"("x")"}, {"c_hash", "null"}, {"s_hash", "1"}, {"token_use", R"("id")"}, {"typ", R"("ID")"}}) {
    CAPTURE(one.name);
    CHECK(with(one.name, one.value) == Kind::refused);
    CHECK(Claims().set(one.name, one.value).check().why.find("id_tokens") != std::string::npos);
    CHECK(with(one.name, one.value, ids) == Kind::accepted);
  }
  for (const Named& one : std::vector<Named>{{"token_use", R"("refresh")"},
                                             {"token_use", "null"},
                                             {"token_usage", R"("x")"},
                                             {"typ", R"("Refresh")"},
                                             {"typ", R"("Offline")"},
                                             {"typ", R"("Logout")"},
                                             {"events", "{}"}}) {
    CAPTURE(one.name);
    CHECK(with(one.name, one.value) == Kind::refused);
    CHECK(with(one.name, one.value, ids) == Kind::refused);
  }
  for (const Named& one : std::vector<Named>{{"token_use", R"("access")"},
                                             {"token_usage", R"("access_token")"},
                                             {"typ", R"("Bearer")"},
                                             {"typ", R"("employee")"},
                                             {"nonce", R"("x")"}}) {
    CAPTURE(one.name);
    CHECK(with(one.name, one.value) == Kind::accepted);
  }
}

TEST_CASE("JC-25: scopes are words between spaces, compared exactly") {
  ClaimRules rules = usual();
  rules.required_scopes = {"read", "write"};
  CHECK(Claims().check(rules).kind == Kind::insufficient);
  CHECK(with("scope", R"("write  read")", rules) == Kind::accepted);
  CHECK(with("scope", R"(["read","write"])", rules) == Kind::accepted);
  CHECK(with("scp", R"(["read","write"])", rules) == Kind::accepted);
  for (const std::string value : {R"("read")", R"("read\twrite")", R"("read,write")", R"("READ WRITE")",
                                  R"("read write*")", R"("")", "true", R"(["read write"])"}) {
    CAPTURE(value);
    CHECK(with("scope", value, rules) == Kind::insufficient);
  }
  CHECK(Claims().set("scope", R"("read write")").set("exp", seconds(-1000)).check(rules).kind == Kind::expired);
  CHECK(Claims().set("aud", R"("x")").check(rules).kind == Kind::refused);
}

TEST_CASE("required claims: text, list of texts, or flag, at any path") {
  ClaimRules rules = usual();
  rules.required_claims = {{"realm_access.roles", "admin"}};
  CHECK(Claims().check(rules).kind == Kind::insufficient);
  CHECK(with("realm_access", R"({"roles":["user","admin"]})", rules) == Kind::accepted);
  CHECK(with("realm_access.roles", R"("admin")", rules) == Kind::accepted);
  CHECK(with("realm_access", R"({"roles":"user admin"})", rules) == Kind::insufficient);
  CHECK(with("realm_access", R"("admin")", rules) == Kind::insufficient);
  rules.required_claims = {{"flag", "true"}};
  CHECK(with("flag", "true", rules) == Kind::accepted);
  CHECK(with("flag", R"("true")", rules) == Kind::accepted);
  CHECK(with("flag", "1", rules) == Kind::insufficient);
}

TEST_CASE("introspected claims need no issuer, but a right one if there is") {
  ClaimRules rules = usual();
  rules.kind.untyped = true;
  const auto check = [&](std::string_view text) {
    const auto document = json::parse_object(text, {});
    REQUIRE(document);
    return check_introspected(document->root(), rules, WallTime(std::chrono::milliseconds(kNow * 1000))).kind;
  };
  const std::string rest = R"("aud":"https://api.example","exp":)" + seconds(10) + "}";
  CHECK(check("{" + rest) == Kind::accepted);
  CHECK(check(R"({"iss":"https://issuer.example",)" + rest) == Kind::accepted);
  CHECK(check(R"({"iss":"https://other.example",)" + rest) == Kind::refused);
  CHECK(check(R"({"iss":1,)" + rest) == Kind::refused);
  CHECK(check(R"({"aud":"https://api.example"})") == Kind::refused);
  CHECK(check(R"({"exp":)" + seconds(10) + "}") == Kind::refused);
}
