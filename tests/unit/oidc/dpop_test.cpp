// SPDX-License-Identifier: Apache-2.0
// Group DP of the catalogue: proofs of possession, and tokens that are bound.
#include <doctest/doctest.h>
#include <base64url.hpp>
#include <binding.hpp>
#include <digest.hpp>
#include <dpop.hpp>
#include <jwk.hpp>

#include <fake_plugin_host.hpp>

#include "signer.hpp"

using namespace gatehouse::oidc;
using namespace gatehouse::oidc::test;
using gatehouse::test::FakeHost;
using std::chrono::milliseconds;

namespace {

constexpr std::int64_t kNow = 1'700'000'000;
const std::string kToken = "a.b.c";

/// A proof that is right, for tests to spoil.
struct Proof {
  std::string typ = R"("dpop+jwt")";
  std::string jwk = ec_signer().jwk();
  std::string alg = R"("ES256")";
  std::string jti = R"("1")";
  std::string htm = R"("GET")";
  std::string htu = R"("https://app.example/x")";
  std::string iat = std::to_string(kNow);
  std::string ath = '"' + encode_base64url(sha256(kToken)) + '"';

  [[nodiscard]] std::string text(const Signer& signer = ec_signer(), Algorithm algorithm = Algorithm::es256) const {
    std::string header;
    std::string payload;
    const auto add = [](std::string& to, const std::string& name, const std::string& value) {
      if (!value.empty()) to += (to.empty() ? "{\"" : ",\"") + name + "\":" + value;
    };
    add(header, "typ", typ);
    add(header, "alg", alg);
    add(header, "jwk", jwk);
    for (const auto& [name, value] : {std::pair{"jti", jti}, std::pair{"htm", htm}, std::pair{"htu", htu},
                                      std::pair{"iat", iat}, std::pair{"ath", ath}}) {
      add(payload, name, value);
    }
    return signer.token(algorithm, header + "}", (payload.empty() ? "{" : payload) + "}");
  }
};

DpopRules rules() {
  return {.origins = {"https://app.example"}};
}

bool accepted(const std::string& text, std::string_view method = "GET", std::string_view path = "/x",
              std::int64_t now = kNow) {
  return static_cast<bool>(check_dpop({.proof = text, .method = method, .path = path, .token = kToken}, rules(),
                                      gatehouse::plugin::WallTime(std::chrono::seconds(now))));
}

template <class Change>
bool accepted_with(Change change) {
  Proof proof;
  change(proof);
  return accepted(proof.text());
}

std::string thumbprint_of(const Signer& signer) {
  return thumbprint(json::parse_object(signer.jwk(), {})->root());
}

struct Bound {
  FakeHost fake;
  gatehouse::plugin::Host host{fake.handle(), FakeHost::api()};
  Bound() { fake.wall = kNow * 1000; }

  std::string complaint(const BindingCheck& check, const std::string& claims, const Possession& shown,
                        const std::string& more = "{}") {
    const auto document = json::parse_object(claims, {});
    const auto told = json::parse_object(more, {});
    REQUIRE(document);
    REQUIRE(told);
    const auto answer = check.check(document->root(), told->root(), kToken, shown, host);
    CHECK((answer.kind == BindingAnswer::Kind::right) == answer.why.empty());
    return answer.why;
  }
};

}  // namespace

TEST_CASE("a right proof is accepted, with its key and its id") {
  const auto proof = check_dpop({.proof = Proof().text(), .method = "GET", .path = "/x", .token = kToken}, rules(),
                                gatehouse::plugin::WallTime(std::chrono::seconds(kNow)));
  REQUIRE(proof);
  CHECK(proof->thumbprint == thumbprint_of(ec_signer()));
  CHECK(proof->id == "1");
  CHECK(accepted_with([](Proof& p) { p.htu = R"("https://app.example/x?y=z#w")"; }));
  CHECK(accepted_with([](Proof& p) { p.typ = R"("application/DPOP+jwt")"; }));
  Proof by_rsa;
  by_rsa.jwk = rsa_signer().jwk();
  by_rsa.alg = R"("PS256")";
  CHECK(accepted(by_rsa.text(rsa_signer(), Algorithm::ps256)));
}

TEST_CASE("DP-04, DP-05: proofs by keys that prove nothing") {
  CHECK_FALSE(accepted(""));
  CHECK_FALSE(accepted("A===.x.y"));
  CHECK_FALSE(accepted_with([](Proof& p) { p.alg = R"("none")"; }));
  CHECK_FALSE(accepted_with([](Proof& p) { p.typ = R"("JWT")"; }));
  CHECK_FALSE(accepted_with([](Proof& p) { p.typ = ""; }));
  CHECK_FALSE(accepted_with([](Proof& p) { p.jwk = ""; }));
  CHECK_FALSE(accepted_with([](Proof& p) { p.jwk = "\"x\""; }));
  CHECK_FALSE(accepted_with([](Proof& p) { p.jwk = ec_signer().jwk(R"(,"d":"AAAA")"); }));
  CHECK_FALSE(accepted_with([](Proof& p) { p.jwk = Signer::ec("other").jwk(); }));
  CHECK_FALSE(accepted_with([](Proof& p) { p.jwk = rsa_signer().jwk(); }));
  CHECK_FALSE(accepted_with([](Proof& p) { p.jwk = ec_signer().jwk(R"(,"use":"enc")"); }));
  Proof by_secret;
  by_secret.jwk = secret_signer().jwk();
  by_secret.alg = R"("HS256")";
  CHECK_FALSE(accepted(by_secret.text(secret_signer(), Algorithm::hs256)));
  const Signer weak = Signer::rsa("weak", 1024);
  Proof by_weak;
  by_weak.jwk = weak.jwk();
  by_weak.alg = R"("RS256")";
  CHECK_FALSE(accepted(by_weak.text(weak, Algorithm::rs256)));
}

TEST_CASE("DP-07: claims that are missing or of wrong types") {
  for (const std::string& value : {std::string(), std::string("null"), std::string("1"), std::string("[]"),
                                   std::string("{}"), std::string("true"), std::string("\"\"")}) {
    CAPTURE(value);
    if (value != "1") CHECK_FALSE(accepted_with([&](Proof& p) { p.iat = value; }));
    CHECK_FALSE(accepted_with([&](Proof& p) { p.jti = value; }));
    CHECK_FALSE(accepted_with([&](Proof& p) { p.htm = value; }));
    CHECK_FALSE(accepted_with([&](Proof& p) { p.htu = value; }));
    CHECK_FALSE(accepted_with([&](Proof& p) { p.ath = value; }));
  }
  CHECK_FALSE(accepted_with([](Proof& p) { p.jti = '"' + std::string(257, 'j') + '"'; }));
}

TEST_CASE("DP-08, DP-10: made for another method or address") {
  CHECK_FALSE(accepted(Proof().text(), "get"));
  CHECK_FALSE(accepted(Proof().text(), "HEAD"));
  CHECK_FALSE(accepted(Proof().text(), ""));
  CHECK_FALSE(accepted(Proof().text(), "GET", "/"));
  CHECK_FALSE(accepted(Proof().text(), "GET", "/x/"));
  for (const std::string htu : {"https://app.example/", "https://app.example", "http://app.example/x",
                                "https://evil.example/x", "https://app.example.evil/x", "https://app.example/y/x",
                                "https://APP.example/x", "/x", "https://app.example:443/x"}) {
    CAPTURE(htu);
    CHECK_FALSE(accepted_with([&](Proof& p) { p.htu = '"' + htu + '"'; }));
  }
  CHECK_FALSE(check_dpop({.proof = Proof().text(), .method = "GET", .path = "/x", .token = kToken}, {},
                         gatehouse::plugin::WallTime(std::chrono::seconds(kNow))));
}

TEST_CASE("DP-11: the window of time, and DP-13: another token") {
  CHECK(accepted(Proof().text(), "GET", "/x", kNow + 60));
  CHECK_FALSE(accepted(Proof().text(), "GET", "/x", kNow + 61));
  CHECK(accepted(Proof().text(), "GET", "/x", kNow - 60));
  CHECK_FALSE(accepted(Proof().text(), "GET", "/x", kNow - 61));
  CHECK_FALSE(accepted_with([](Proof& p) { p.iat = '"' + std::to_string(kNow) + '"'; }));
  CHECK_FALSE(accepted_with([](Proof& p) { p.iat = "1e300"; }));
  CHECK_FALSE(accepted_with([](Proof& p) { p.ath = '"' + encode_base64url(sha256("other")) + '"'; }));
}

TEST_CASE_FIXTURE(Bound, "a token that is bound to a key needs a proof by it, each proof once") {
  const BindingCheck check({.dpop = rules()});
  const std::string claims = R"({"cnf":{"jkt":")" + thumbprint_of(ec_signer()) + R"("}})";
  const std::string text = Proof().text();
  const Possession shown{.proof = text, .method = "GET", .path = "/x"};
  CHECK(complaint(check, claims, {}) != "");
  CHECK(complaint(check, R"({"cnf":{"jkt":")" + thumbprint_of(rsa_signer()) + R"("}})", shown) != "");
  CHECK(complaint(check, claims, shown) == "");
  CHECK(complaint(check, claims, shown) != "");
  Proof second;
  second.jti = R"("2")";
  const std::string second_text = second.text();
  CHECK(complaint(check, claims, {.proof = second_text, .method = "GET", .path = "/x"}) == "");
  CHECK(complaint(check, "{}", shown) != "");
  CHECK(complaint(BindingCheck({}), claims, {.proof = second_text, .method = "GET", .path = "/x"}) != "");
}

TEST_CASE_FIXTURE(Bound, "DP-14: a token that is bound to a certificate") {
  const BindingCheck check({});
  const std::string hash = "ABEiM0RVZneImaq7zN3u___u3cy7qpmId2ZVRDMiEQA";
  const std::string claims = R"({"cnf":{"x5t#S256":")" + hash + R"("}})";
  CHECK(complaint(check, claims, {.certificate = hash}) == "");
  CHECK(complaint(check, "{}", {.certificate = hash}) == "");
  for (const std::string& shown : {std::string(), std::string("x"), hash + "=", hash.substr(1), "B" + hash.substr(1)}) {
    CHECK(complaint(check, claims, {.certificate = shown}) != "");
    CHECK(complaint(check, R"({"cnf":{"x5t#S256":")" + shown + R"("}})", {.certificate = hash}) != "");
  }
  CHECK(complaint(check, R"({"cnf":{"x5t#S256":""}})", {.certificate = ""}) != "");
  CHECK(complaint(check, claims, {}) != "");
}

TEST_CASE_FIXTURE(Bound, "JC-31: other bindings, malformed ones, and what is required") {
  for (const std::string claims :
       {R"({"cnf":{}})", R"({"cnf":null})", R"({"cnf":"x"})", R"({"cnf":{"jwk":{}}})", R"({"cnf":{"kid":"x"}})",
        R"({"cnf":{"jkt":1}})", R"({"cnf":{"x5t#S256":null}})", R"({"cnf":{"jkt":null,"x5t#S256":"x"}})"}) {
    CAPTURE(claims);
    CHECK(complaint(BindingCheck({}), claims, {}) != "");
  }
  for (const Binding required : {Binding::certificate, Binding::dpop, Binding::any}) {
    CHECK(complaint(BindingCheck({.required = required}), "{}", {}) != "");
  }
  CHECK(complaint(BindingCheck({}), "{}", {}) == "");
}

TEST_CASE_FIXTURE(Bound, "what the provider says beside the token binds it too") {
  const BindingCheck check({.dpop = rules()});
  const std::string key = R"({"cnf":{"jkt":")" + thumbprint_of(ec_signer()) + R"("}})";
  const std::string text = Proof().text();
  const Possession shown{.proof = text, .method = "GET", .path = "/x"};
  CHECK(complaint(check, "{}", {}, key) != "");
  CHECK(complaint(check, key, {}, "{}") != "");
  CHECK(complaint(check, key, shown, R"({"cnf":{"jkt":")" + thumbprint_of(rsa_signer()) + R"("}})") != "");
  CHECK(complaint(check, key, shown, R"({"cnf":{"x5t#S256":"x"}})") != "");
  CHECK(complaint(check, key, shown, R"({"cnf":{}})") != "");
  CHECK(complaint(check, key, shown, key) == "");  // one proof is enough for both
  CHECK(complaint(check, key, shown, key) != "");
}

TEST_CASE("what was shown is remembered for its time") {
  using Answer = ReplayStore::Answer;
  ReplayStore store(100, milliseconds(800));
  CHECK(store.take("a", "1", milliseconds(50)) == Answer::first);
  CHECK(store.take("a", "2", milliseconds(50)) == Answer::first);
  CHECK(store.take("b", "1", milliseconds(50)) == Answer::first);
  for (int now = 50; now <= 850; now += 50) CHECK(store.take("a", "1", milliseconds(now)) == Answer::again);
  CHECK(store.take("a", "1", milliseconds(1000)) == Answer::first);
  CHECK(store.take("a", "1", milliseconds(1799)) == Answer::again);
  CHECK(store.take("a", "1", milliseconds(999)) == Answer::again);  // a clock that another thread read earlier
}

TEST_CASE("one holder cannot take the room of others") {
  using Answer = ReplayStore::Answer;
  ReplayStore store(16, milliseconds(800));
  const auto fill = [&](const std::string& holder) {
    int taken = 0;
    while (store.take(holder, std::to_string(taken), milliseconds(0)) == Answer::first) ++taken;
    CHECK(store.take(holder, std::to_string(taken), milliseconds(0)) == Answer::no_room);
    if (taken > 0) CHECK(store.take(holder, "0", milliseconds(0)) == Answer::again);
    return taken;
  };
  CHECK(fill("a") == 8);
  CHECK(fill("b") == 4);
  CHECK(fill("c") == 2);
  CHECK(fill("d") == 1);
  CHECK(fill("e") == 1);
  CHECK(fill("f") == 0);
  CHECK(store.take("f", "0", milliseconds(1000)) == Answer::first);
}
