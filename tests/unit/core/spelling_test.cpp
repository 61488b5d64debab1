// SPDX-License-Identifier: Apache-2.0
// Names that differ by case only: two accounts in a password file, one in a directory. Guesses share a count, what a
// login earns does not.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>

#include "engine_support.hpp"

namespace {

using gatehouse::Answer;
using gatehouse::DecisionCode;
using gatehouse::Request;
using gatehouse::detail::RealmState;
using gatehouse::test::InlineEngine;
using gatehouse::test::Script;

std::string_view text_of(gatehouse_str text) {
  return {text.data, text.size};
}

gatehouse_str str_of(std::string_view text) {
  return {text.data(), text.size()};
}

/// Accounts as `subject_of` finds them; the password is "right" and the subject.
struct Scene {
  explicit Scene(bool claims = true) {
    engine.cache.ttl = std::chrono::milliseconds(0);
    script.answer = [this, claims](auto* host, auto* api, const auto& request, auto* call) {
      const std::string subject = subject_of(std::string(text_of(request.user)));
      if (subject.empty()) return GATEHOUSE_VERDICT_NOT_MINE;
      if (claims && api->claim_subject(host, call, str_of(subject)) != 1) return GATEHOUSE_VERDICT_UNAVAILABLE;
      if (text_of(request.password) != "right " + subject) return GATEHOUSE_VERDICT_DENIED;
      api->set_subject(host, call, str_of(subject));
      return GATEHOUSE_VERDICT_GRANTED;
    };
    backend = engine.backend(script, "b0");
  }
  void ready() { realm = engine.realm({backend}, std::chrono::milliseconds(0)); }
  DecisionCode login(std::string_view user, std::string_view password, std::string_view address = "192.0.2.1") const {
    const gatehouse::Attribute from[] = {{"client.address", address}};
    Request request = Request::with_password(user, password);
    request.attributes = from;
    return realm->decide(realm, request, {})->code;
  }
  /// Wrong passwords until the throttle stops them, with a right login of another between.
  int guesses(const std::string& user, const std::string& other, int most) const {
    for (int i = 0; i < most; ++i) {
      if (login(user, "wrong " + std::to_string(i)) == DecisionCode::throttled) return i;
      static_cast<void>(login(other, "right " + other));
    }
    return most;
  }

  std::function<std::string(std::string)> subject_of = [](std::string user) { return user; };
  InlineEngine engine;
  Script script;
  std::shared_ptr<gatehouse::detail::Backend> backend;
  std::shared_ptr<const RealmState> realm;
};

TEST_CASE("who owns \"Alice\" forgives no guess at \"alice\", from the same network") {
  for (const bool claims : {true, false}) {
    CAPTURE(claims);
    Scene s(claims);
    s.engine.throttle.failures = 20;
    s.engine.throttle.subject_failures = 0;
    s.ready();
    CHECK(s.login("Alice", "right Alice") == DecisionCode::granted);
    CHECK(s.guesses("alice", "Alice", 100) <= 20);
    CHECK(s.login("alice", "right alice", "192.0.2.2") == DecisionCode::granted);
  }
}

TEST_CASE("who owns \"Alice\" makes no network known for \"alice\", and ends no row of guesses at her") {
  Scene s;
  s.engine.throttle.failures = 0;
  s.engine.throttle.subject_failures = 30;
  s.ready();
  CHECK(s.login("Alice", "right Alice") == DecisionCode::granted);
  CHECK(s.guesses("alice", "Alice", 100) <= 30);
  // Alice, where she is known, is none the worse for it.
  CHECK(s.login("Alice", "right Alice") == DecisionCode::granted);
  CHECK(s.login("alice", "right alice", "192.0.2.2") == DecisionCode::throttled);
}

TEST_CASE("in a directory that does not tell case apart, who types it otherwise is known all the same") {
  for (const char* subject : {"bob", "Bob"}) {
    Scene s;
    s.subject_of = [subject](auto&&...) { return subject; };
    s.engine.throttle.subject_failures = 10;
    s.ready();
    const std::string right = std::string("right ") + subject;
    CHECK(s.login("BOB", right, "192.0.2.1") == DecisionCode::granted);
    int denied = 0;
    for (int i = 0; i < 50; ++i) {
      denied += s.login(i % 2 == 0 ? "bob" : "boB", "wrong" + std::to_string(i), "203.0.113." + std::to_string(i)) ==
                        DecisionCode::denied
                    ? 1
                    : 0;
    }
    CHECK(denied == 10);
    for (const char* typed : {"bob", "BOB", "Bob"}) {
      CHECK(s.login(typed, right, "192.0.2.1") == DecisionCode::granted);
      CHECK(s.login(typed, right, "203.0.113.200") == DecisionCode::throttled);
    }
  }
}

TEST_CASE("above the limit one try a minute is open also to who typed it otherwise") {
  Scene s;
  s.subject_of = [](auto&&...) { return "bob"; };
  s.engine.throttle.subject_failures = 10;
  s.ready();
  for (int i = 0; i < 30; ++i) {
    static_cast<void>(s.login("bob", "wrong" + std::to_string(i), "203.0.113." + std::to_string(i)));
  }
  CHECK(s.login("BOB", "right bob", "192.0.2.1") == DecisionCode::throttled);
  s.engine.clock.advance(std::chrono::seconds(61));
  CHECK(s.login("BOB", "right bob", "192.0.2.1") == DecisionCode::granted);
}

}  // namespace
