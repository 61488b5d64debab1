// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "http_support.hpp"

using gatehouse::Challenge;
using gatehouse::ChallengeKind;
using gatehouse::DecisionCode;
using gatehouse::Reason;
using gatehouse::http::Answer;
using gatehouse::http::answer;
using gatehouse::http::answer_refused;
using gatehouse::http::Asker;
using gatehouse::http::Header;
using namespace std::string_literals;
using test::browser;
using test::decision;
using test::password_offer;
using test::program;

namespace {

bool same(const Answer& a, const Answer& b) {
  return a.status == b.status && a.headers == b.headers && a.body == b.body && a.close == b.close;
}

gatehouse::Decision with_wait(DecisionCode code, std::chrono::seconds wait) {
  gatehouse::Answer decided;
  decided.code = code;
  decided.retry_after = wait;
  return decision(std::move(decided));
}

gatehouse::Decision redirecting(std::string location) {
  gatehouse::Answer decided;
  decided.code = DecisionCode::challenge;
  decided.challenges.push_back({ChallengeKind::redirect, "", {{"location", std::move(location)}}, "state"});
  return decision(std::move(decided));
}

}  // namespace

TEST_CASE("the one table, for programs") {
  struct Row {
    DecisionCode code;
    int status;
    bool close;
    const char* body;
  };
  const std::vector<Row> rows = {
      {DecisionCode::denied, 401, false,
       R"({"error_code":"UNAUTHENTICATED","message":"Sign in: the credentials are missing or not accepted."})"},
      {DecisionCode::challenge, 401, false,
       R"({"error_code":"UNAUTHENTICATED","message":"Sign in: the credentials are missing or not accepted."})"},
      {DecisionCode::unavailable, 503, false,
       R"({"error_code":"TEMPORARILY_UNAVAILABLE","message":"Signing in does not work right now. Try again in a moment."})"},
      {DecisionCode::throttled, 429, false,
       R"({"error_code":"RESOURCE_EXHAUSTED","message":"Too many attempts to sign in. Try again later."})"},
      {DecisionCode::forbidden, 403, false,
       R"({"error_code":"PERMISSION_DENIED","message":"You are signed in, but your account may not do this."})"},
      {DecisionCode::malformed, 400, true, R"({"error_code":"BAD_REQUEST","message":"The request is malformed."})"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.status);
    const auto got = answer(decision(row.code), password_offer, program);
    CHECK(got.status == row.status);
    CHECK(got.close == row.close);
    CHECK(got.body == row.body + "\n"s);
    CHECK(test::value(got, "Content-Type") == "application/json");
    CHECK(test::value(got, "Content-Length") == std::to_string(got.body.size()));
    CHECK(test::value(got, "Cache-Control") == "no-store");
    CHECK(test::value(got, "X-Content-Type-Options") == "nosniff");
    CHECK(test::values(got, "WWW-Authenticate").size() == (row.status == 401 ? 1 : 0));
    CHECK(test::values(got, "Retry-After").size() == (row.status == 503 || row.status == 429 ? 1 : 0));
    CHECK(test::values(got, "Location").empty());
  }
}

TEST_CASE("only granted grants: zeroed, unknown and null decisions are unavailable") {
  CHECK(answer(gatehouse::Decision(nullptr), password_offer, program).status == 503);
  CHECK(answer(decision(gatehouse::Answer{}), password_offer, program).status == 503);
  for (const int code : {-1, 7, 100, -2147483647}) {
    CHECK(answer(decision(static_cast<DecisionCode>(code)), password_offer, program).status == 503);
  }
  CHECK(answer(decision(DecisionCode::granted), password_offer, program).status == 500);
}

TEST_CASE("a refusal tells nothing of its cause (I4, BF-11)") {
  for (const auto& asker : {program, browser}) {
    const auto expected = answer(decision(DecisionCode::denied), password_offer, asker);
    CHECK(same(answer_refused(password_offer, asker), expected));
    for (std::uint32_t reason = 0; reason < 20; ++reason) {
      gatehouse::Answer decided;
      decided.code = DecisionCode::denied;
      decided.reason = static_cast<Reason>(reason);
      decided.detail = "canary-detail";
      decided.claimed_subject = "canary-subject";
      decided.identity.subject = "canary-subject";
      decided.identity.groups = {"canary-group"};
      decided.steps = {{"canary-backend", gatehouse::VerdictCode::denied, Reason::bad_credential, "canary-step", {}}};
      decided.retry_after = std::chrono::seconds(reason);
      CHECK(same(answer(decision(std::move(decided)), password_offer, asker), expected));
    }
  }
}

TEST_CASE("no answer shows the identity, the detail or what the caller sent") {
  const std::vector<Header> headers = {{"Accept", "text/html"},
                                       {"Authorization", "Basic canary"},
                                       {"Cookie", "canary"},
                                       {"Referer", "http://canary/"},
                                       {"Host", "canary"}};
  for (int code = 0; code <= 6; ++code) {
    for (const auto* method : {"GET", "POST"}) {
      gatehouse::Answer decided;
      decided.code = static_cast<DecisionCode>(code);
      decided.identity.subject = decided.claimed_subject = decided.detail = decided.identity.backend = "canary";
      const auto got = answer(decision(std::move(decided)), password_offer, Asker{method, headers});
      CHECK_FALSE(test::contains(got.body, "canary"));
      for (const auto& [name, value] : got.headers) CHECK_FALSE(test::contains(value, "canary"));
    }
  }
}

TEST_CASE("Retry-After has a value that a client can wait for") {
  using std::chrono::seconds;
  const auto told = [](DecisionCode code, seconds wait) {
    return test::value(answer(with_wait(code, wait), password_offer, program), "Retry-After");
  };
  CHECK(told(DecisionCode::unavailable, seconds(0)) == "5");
  CHECK(told(DecisionCode::unavailable, seconds(-3)) == "5");
  CHECK(told(DecisionCode::unavailable, seconds(1)) == "1");
  CHECK(told(DecisionCode::unavailable, seconds(17)) == "17");
  CHECK(told(DecisionCode::throttled, seconds(0)) == "30");
  CHECK(told(DecisionCode::throttled, seconds(60)) == "60");
  CHECK(told(DecisionCode::throttled, seconds(1'000'000'000)) == "86400");
}

TEST_CASE("a page load may be redirected, nothing else is") {
  const auto challenge = redirecting("https://sso.example/authorize?client_id=x&state=y");
  const auto got = answer(challenge, password_offer, browser);
  CHECK(got.status == 302);
  CHECK(test::value(got, "Location") == "https://sso.example/authorize?client_id=x&state=y");
  CHECK(test::value(got, "Cache-Control") == "no-store");
  CHECK(test::contains(got.body, "href=\"https://sso.example/authorize?client_id=x&amp;state=y\""));
  CHECK(test::values(got, "WWW-Authenticate").empty());

  const std::vector<Header> script = {{"Accept", "text/html"}, {"Sec-Fetch-Mode", "cors"}};
  const std::vector<Header> frame = {
      {"Accept", "text/html"}, {"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Dest", "iframe"}};
  for (const auto& asker : {program, Asker{"GET", test::program_headers}, Asker{"POST", test::browser_headers},
                            Asker{"HEAD", test::browser_headers}, Asker{"GET", script}, Asker{"GET", frame}, Asker{}}) {
    const auto refused = answer(challenge, password_offer, asker);
    CHECK(refused.status == 401);
    CHECK(test::values(refused, "Location").empty());
    CHECK_FALSE(test::contains(refused.body, "sso.example"));
  }
}

TEST_CASE("only a challenge redirects") {
  for (const auto code : {DecisionCode::denied, DecisionCode::forbidden, DecisionCode::throttled,
                          DecisionCode::unavailable, DecisionCode::malformed, DecisionCode::granted}) {
    gatehouse::Answer decided;
    decided.code = code;
    decided.challenges.push_back({ChallengeKind::redirect, "", {{"location", "https://sso.example/"}}, ""});
    const auto got = answer(decision(std::move(decided)), password_offer, browser);
    CHECK(got.status >= 400);
    CHECK(test::values(got, "Location").empty());
  }
}

TEST_CASE("an address that a browser could misread is not told") {
  for (const auto& location :
       {""s, "javascript:alert(1)"s, "data:text/html,x"s, "//evil.example/"s, "/\\evil.example"s, "\\\\evil"s,
        "https://a.example/\r\nSet-Cookie: x=y"s, "https://a.example/\0"s, "https://a.example/ b"s,
        "https://a.example/\xC3\xBC"s, "https://a.example/\"x"s, "https://a.example/<x"s, "sso.example"s,
        " https://a.example/"s, "HTTPS//x"s, "https://a.example/" + std::string(8000, 'x')}) {
    CAPTURE(location.substr(0, 60));
    CHECK(answer(redirecting(location), password_offer, browser).status == 401);
  }
  for (const auto& location : {"/"s, "/login?next=%2F"s, "http://127.0.0.1:8080/"s}) {
    CHECK(answer(redirecting(location), password_offer, browser).status == 302);
  }
}
