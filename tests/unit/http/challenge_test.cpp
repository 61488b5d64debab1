// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "http_support.hpp"

using gatehouse::Challenge;
using gatehouse::ChallengeKind;
using gatehouse::CredentialKind;
using gatehouse::DecisionCode;
using gatehouse::http::answer;
using gatehouse::http::answer_refused;
using gatehouse::http::Offer;
using namespace std::string_literals;
using Fields = std::vector<std::string>;

namespace {

constexpr auto password = static_cast<gatehouse::CredentialKinds>(CredentialKind::password);
constexpr auto bearer = static_cast<gatehouse::CredentialKinds>(CredentialKind::bearer);

Fields offered(std::string_view name, gatehouse::CredentialKinds kinds) {
  return test::values(answer_refused(Offer{name, kinds}, test::program), "WWW-Authenticate");
}

Fields told(DecisionCode code, std::vector<Challenge> challenges, gatehouse::CredentialKinds kinds) {
  gatehouse::Answer decided;
  decided.code = code;
  decided.challenges = std::move(challenges);
  return test::values(answer(test::decision(std::move(decided)), Offer{"R", kinds}, test::program), "WWW-Authenticate");
}

Challenge http_auth(std::string scheme, std::vector<std::pair<std::string, std::string>> parameters = {}) {
  return {ChallengeKind::http_auth, std::move(scheme), std::move(parameters), {}};
}

}  // namespace

TEST_CASE("one challenge per scheme that the realm takes, Basic first (BA-31)") {
  CHECK(offered("MLflow Login", password) == Fields{R"(Basic realm="MLflow Login", charset="UTF-8")"});
  CHECK(offered("MLflow Login", bearer) == Fields{R"(Bearer realm="MLflow Login")"});
  CHECK(offered("MLflow Login", password | bearer) ==
        Fields{R"(Basic realm="MLflow Login", charset="UTF-8")", R"(Bearer realm="MLflow Login")"});
}

TEST_CASE("a 401 always has a challenge") {
  CHECK(offered("R", 0) == Fields{R"(Bearer realm="R")"});
  CHECK(offered("R", static_cast<gatehouse::CredentialKinds>(CredentialKind::response)).size() == 1);
}

TEST_CASE("a display name cannot leave its quotes (BA-31)") {
  struct Case {
    std::string name, realm;
  };
  const std::vector<Case> cases = {
      {R"(a"b)", R"(a\"b)"},
      {R"(a\)", R"(a\\)"},
      {R"(", charset="x)", R"(\", charset=\"x)"},
      {"a\r\nSet-Cookie: x=y", "aSet-Cookie: x=y"},
      {"a\0b\x1B[0m\x7F"s, "ab[0m"},
      {"a\tb", "ab"},
      {"M\xC3\xBCnchen", "M\xC3\xBCnchen"},  // UTF-8 as obs-text
      {"a\xFF"
       "b\xC0\xAF",
       "a?b??"},
      {"a\xC2\x85"
       "b\xE2\x80\xA8"
       "c\xE2\x80\xAE"
       "d",
       "abcd"},  // NEL, line separator, right-to-left override
      {"", "Gatehouse"},
      {" \t ", "Gatehouse"},
      {"\r\n", "Gatehouse"},
      {std::string(300, 'x'), std::string(256, 'x')},
      {std::string(255, 'x') + "\xC3\xBC", std::string(255, 'x')},  // cut between characters
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(offered(c.name, password) == Fields{"Basic realm=\"" + c.realm + "\", charset=\"UTF-8\""});
  }
}

TEST_CASE("what a backend says about Bearer takes the place of ours") {
  CHECK(told(DecisionCode::denied, {http_auth("Bearer", {{"error", "invalid_token"}})}, password | bearer) ==
        Fields{R"(Basic realm="R", charset="UTF-8")", R"(Bearer realm="R", error="invalid_token")"});
  CHECK(told(DecisionCode::denied, {http_auth("bearer", {{"realm", "own"}, {"error", "invalid_token"}})}, bearer) ==
        Fields{R"(bearer realm="own", error="invalid_token")"});
  // Two backends say it: one is told.
  CHECK(told(DecisionCode::denied, {http_auth("Bearer", {{"error", "a"}}), http_auth("BEARER", {{"error", "b"}})},
             bearer) == Fields{R"(Bearer realm="R", error="a")"});
}

TEST_CASE("Basic is offered by the realm alone") {
  CHECK(told(DecisionCode::denied, {http_auth("Basic", {{"realm", "phish"}})}, password) ==
        Fields{R"(Basic realm="R", charset="UTF-8")"});
  CHECK(told(DecisionCode::denied, {http_auth("bASIC")}, bearer) == Fields{R"(Bearer realm="R")"});
}

TEST_CASE("other schemes are added, in order") {
  CHECK(told(DecisionCode::challenge, {http_auth("DPoP", {{"algs", "ES256 EdDSA"}}), http_auth("Negotiate")},
             password) == Fields{R"(Basic realm="R", charset="UTF-8")", R"(DPoP algs="ES256 EdDSA")", "Negotiate"});
}

TEST_CASE("a backend's challenge is made harmless") {
  // Untellable schemes are left out.
  for (const auto& scheme : {""s, "a b"s, "a\r\nb"s, "a\0b"s, "a\"b"s, "a,b"s, "\xC3\xBC"s, std::string(33, 'a')}) {
    CHECK(told(DecisionCode::denied, {http_auth(scheme, {{"x", "y"}})}, password) ==
          Fields{R"(Basic realm="R", charset="UTF-8")"});
  }
  // Untellable parameters are left out, values are quoted, a name counts once.
  CHECK(told(DecisionCode::denied,
             {http_auth("New", {{"a b", "1"},
                                {"", "2"},
                                {"c\r\n", "3"},
                                {"ok", "x\"y\\z\r\nSet-Cookie: a=b\0"s},
                                {"OK", "again"},
                                {"nonascii", "m\xC3\xBCl\xFF"}})},
             password)[1] == R"(New ok="x\"y\\zSet-Cookie: a=b", nonascii="ml")");
  // RFC 6750 knows no escapes in these.
  CHECK(told(DecisionCode::denied, {http_auth("Bearer", {{"error_description", "the \"token\" \\ expired"}})},
             bearer) == Fields{R"(Bearer realm="R", error_description="the token  expired")"});
}

TEST_CASE("challenges are bounded in number, in parameters and in size") {
  std::vector<Challenge> many;
  for (int i = 0; i < 100; ++i) many.push_back(http_auth("S" + std::to_string(i)));
  CHECK(told(DecisionCode::denied, many, password).size() == 9);

  std::vector<std::pair<std::string, std::string>> parameters;
  for (int i = 0; i < 100; ++i) parameters.emplace_back("p" + std::to_string(i), "v");
  const auto field = told(DecisionCode::denied, {http_auth("New", parameters)}, password)[1];
  CHECK(test::contains(field, "p15="));
  CHECK_FALSE(test::contains(field, "p16="));

  CHECK(told(DecisionCode::denied, {http_auth("New", {{"p", std::string(5000, 'v')}})}, password).size() == 1);
}

TEST_CASE("prompts and redirects are not HTTP challenges") {
  const Challenge prompt{ChallengeKind::prompt, "New", {{"hidden", "PIN"}}, "state"};
  const Challenge redirect{ChallengeKind::redirect, "New", {{"location", "https://sso.example/"}}, "state"};
  CHECK(told(DecisionCode::challenge, {prompt, redirect}, password) == Fields{R"(Basic realm="R", charset="UTF-8")"});
}

TEST_CASE("a 403 has only what backends asked for") {
  CHECK(told(DecisionCode::forbidden, {}, password | bearer).empty());
  CHECK(told(DecisionCode::forbidden, {http_auth("Bearer", {{"error", "insufficient_scope"}, {"scope", "write"}})},
             password | bearer) == Fields{R"(Bearer realm="R", error="insufficient_scope", scope="write")"});
}
