// SPDX-License-Identifier: Apache-2.0
// Decisions from beginning to end, on one thread, with a clock that stands still unless it is moved.
#include <doctest/doctest.h>

#include <chrono>
#include <set>
#include <string>

#include "boundary/host_functions.hpp"
#include "engine_support.hpp"

namespace {

using gatehouse::DecisionCode;
using gatehouse::Reason;
using gatehouse::Request;
using gatehouse::config::OnUnavailable;
using gatehouse::detail::as_str;
using gatehouse::detail::view;
using gatehouse::test::grant;
using gatehouse::test::InlineEngine;
using gatehouse::test::Script;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Costs a millisecond, like a hash.
Script::Answer denies_after(InlineEngine& engine, milliseconds time) {
  return [&engine, time](auto&&...) {
    engine.clock.advance(time);
    return GATEHOUSE_VERDICT_DENIED;
  };
}

TEST_CASE("a refusal takes as long as the costliest check, whoever is asked about; a grant does not wait") {
  InlineEngine engine;
  Script knows{.answer = [&](auto* host, auto* api, const auto& request, auto* call) -> gatehouse_verdict {
    if (view(request.user) == "stranger") return GATEHOUSE_VERDICT_NOT_MINE;
    engine.clock.advance(milliseconds(1));
    return view(request.password) == "right" ? grant(host, api, request, call) : GATEHOUSE_VERDICT_DENIED;
  }};
  knows.on_create = [](auto* host, auto* api) {
    const auto* cost = static_cast<const gatehouse_cost*>(api->get_extension(host, as_str(GATEHOUSE_EXT_COST)));
    REQUIRE(cost != nullptr);
    cost->set_refusal_cost(host, 5'000);
  };
  const auto realm = engine.realm({engine.backend(knows, "b0")}, milliseconds(0));
  const auto timed = [&](std::string_view user, std::string_view password) {
    const auto began = engine.clock.steady();
    static_cast<void>(InlineEngine::ask(realm, user, password));
    return std::chrono::duration_cast<microseconds>(engine.clock.steady() - began);
  };
  for (const std::string_view user : {"stranger", "bob"}) {
    std::set<microseconds> seen;  // each is late by something of its own
    for (int guess = 0; guess < 8; ++guess) {
      const auto took = timed(user, std::to_string(guess));
      CHECK(took >= milliseconds(5));
      CHECK(took < microseconds(6250));
      seen.insert(took);
    }
    CHECK(seen.size() > 1);
  }
  CHECK(timed("bob", "right") == milliseconds(1));
}

TEST_CASE("a refusal is not held past the deadline, and one that nobody was asked for is not held at all") {
  InlineEngine engine;
  Script slow{.answer = denies_after(engine, milliseconds(1500))};
  const auto realm = engine.realm({engine.backend(slow, "b0")}, milliseconds(0));
  static_cast<void>(InlineEngine::ask(realm, "bob", "wrong"));
  slow.answer = [](auto&&...) { return GATEHOUSE_VERDICT_NOT_MINE; };
  auto began = engine.clock.steady();
  CHECK(realm->decide(realm, Request::with_password("eve", "x"), milliseconds(200))->code == DecisionCode::denied);
  CHECK(engine.clock.steady() - began == milliseconds(200));
  began = engine.clock.steady();
  CHECK(realm->decide(realm, Request{}, {})->reason == Reason::no_credential);
  CHECK(engine.clock.steady() == began);
}

TEST_CASE("a guess counts for the account, whatever was typed; told to stop, the answer is throttled or a fault") {
  InlineEngine engine;
  engine.throttle.failures = 2;
  int checked = 0;
  gatehouse_verdict after_stop = GATEHOUSE_VERDICT_UNAVAILABLE;
  Script script{.answer = [&](auto* host, auto* api, const auto&, auto* call) -> gatehouse_verdict {
    if (api->claim_subject(host, call, as_str("bob")) == 0) {
      api->set_subject(host, call, as_str("bob"));
      return after_stop;
    }
    ++checked;
    return GATEHOUSE_VERDICT_DENIED;
  }};
  const auto realm = engine.realm({engine.backend(script, "b0")});
  const gatehouse::Attribute address{"client.address", "192.0.2.1"};
  const auto guess = [&](std::string_view name, std::string_view password) {
    Request request = Request::with_password(name, password);
    request.attributes = {&address, 1};
    return realm->decide(realm, request, {});
  };
  CHECK(guess("bob", "1")->code == DecisionCode::denied);
  CHECK(guess("Bob@corp", "2")->code == DecisionCode::denied);
  for (const std::uint32_t said : {0U, 1U, 2U, 5U}) {
    after_stop = said;
    const auto stopped = guess("robert", "3");
    CHECK(stopped->code == DecisionCode::throttled);
    CHECK(stopped->reason == Reason::throttled);
    CHECK(stopped->claimed_subject == "bob");
    CHECK(stopped->identity.subject == "");
    CHECK(stopped->retry_after == std::chrono::seconds(30));
  }
  after_stop = GATEHOUSE_VERDICT_GRANTED;
  CHECK(guess("robert", "4")->reason == Reason::plugin_fault);
  CHECK(checked == 2);
}

TEST_CASE("prefixes: the subject carries its backend's, changes of the bare name drop what is remembered") {
  InlineEngine engine;
  Script script{.answer = grant};
  const auto backend = engine.backend(script, "b0", OnUnavailable::end, "corp:");
  const auto realm = engine.realm({backend});
  CHECK(InlineEngine::ask(realm, "bob")->identity.subject == "corp:bob");
  CHECK(InlineEngine::ask(realm, "bob")->cached);
  backend->instance->epochs()->invalidate("bob");
  CHECK_FALSE(InlineEngine::ask(realm, "bob")->cached);
}

TEST_CASE("a change during the call: what was answered meanwhile is not remembered") {
  for (const char* changed : {"bob", "", "somebody else"}) {
    InlineEngine engine;
    Script script{.answer = [&](auto* host, auto* api, const auto& request, auto* call) {
      api->invalidate(host, as_str(changed));
      return grant(host, api, request, call);
    }};
    const auto realm = engine.realm({engine.backend(script, "b0")});
    CHECK(InlineEngine::ask(realm, "bob")->code == DecisionCode::granted);
    CHECK_FALSE(InlineEngine::ask(realm, "bob")->cached);
  }
}

TEST_CASE("a change in an earlier backend while a later one is asked") {
  InlineEngine engine;
  Script first{.answer = [](auto&&...) { return GATEHOUSE_VERDICT_NOT_MINE; }};
  Script second{.answer = [&](auto* host, auto* api, const auto& request, auto* call) {
    first.api->invalidate(first.host, as_str("whoever"));
    return grant(host, api, request, call);
  }};
  const auto realm = engine.realm({engine.backend(first, "b0"), engine.backend(second, "b1")});
  CHECK(InlineEngine::ask(realm, "bob")->code == DecisionCode::granted);
  CHECK_FALSE(InlineEngine::ask(realm, "bob")->cached);
}

TEST_CASE("no_store and cache_until") {
  InlineEngine engine;
  Script script{.answer = [&](auto* host, auto* api, const auto& request, auto* call) {
    const auto now = api->wall_ms(host);
    if (view(request.user) == "never") api->no_store(host, call);
    if (view(request.user) == "past") api->cache_until(host, call, now);
    if (view(request.user) == "short") api->cache_until(host, call, now + 10'000);
    if (view(request.user) == "ends") api->set_expiry(host, call, now + 10'000);
    return grant(host, api, request, call);
  }};
  const auto realm = engine.realm({engine.backend(script, "b0")});
  for (const char* user : {"never", "past", "short", "ends", "bob"}) static_cast<void>(InlineEngine::ask(realm, user));
  engine.clock.advance(milliseconds(9'999));
  CHECK_FALSE(InlineEngine::ask(realm, "never")->cached);
  CHECK_FALSE(InlineEngine::ask(realm, "past")->cached);
  CHECK(InlineEngine::ask(realm, "short")->cached);
  CHECK(InlineEngine::ask(realm, "ends")->cached);
  engine.clock.advance(milliseconds(1));
  CHECK_FALSE(InlineEngine::ask(realm, "short")->cached);
  CHECK_FALSE(InlineEngine::ask(realm, "ends")->cached);
  CHECK(InlineEngine::ask(realm, "bob")->cached);
  engine.clock.advance(std::chrono::minutes(5));
  CHECK_FALSE(InlineEngine::ask(realm, "bob")->cached);
}

TEST_CASE("an identity that is too large is not remembered") {
  InlineEngine engine;
  std::string group(1000, 'g');
  int groups = 60;
  Script script{.answer = [&](auto* host, auto* api, const auto& request, auto* call) -> gatehouse_verdict {
    for (int i = 0; i < groups; ++i) api->add_group(host, call, as_str(group));
    return grant(host, api, request, call);
  }};
  const auto realm = engine.realm({engine.backend(script, "b0")});
  static_cast<void>(InlineEngine::ask(realm, "bob"));
  CHECK(InlineEngine::ask(realm, "bob")->cached);
  groups = 70;
  static_cast<void>(InlineEngine::ask(realm, "ann"));
  const auto again = InlineEngine::ask(realm, "ann");
  CHECK_FALSE(again->cached);
  CHECK(again->identity.groups.size() == 70);
}

TEST_CASE("what is remembered holds no steps and no detail, and of refusals only a wrong credential is remembered") {
  InlineEngine engine;
  gatehouse_verdict verdict = GATEHOUSE_VERDICT_GRANTED;
  Script script{.answer = [&](auto* host, auto* api, const auto& request, auto* call) {
    api->set_detail(host, call, as_str("a detail"));
    static_cast<void>(grant(host, api, request, call));
    return verdict;
  }};
  const auto realm = engine.realm({engine.backend(script, "b0")});
  CHECK(InlineEngine::ask(realm, "bob")->steps.size() == 1);
  const auto again = InlineEngine::ask(realm, "bob");
  CHECK(again->cached);
  CHECK(again->steps.empty());
  CHECK(again->detail == "");
  for (const std::uint32_t refusal : {0U, 5U}) {
    verdict = refusal;
    static_cast<void>(InlineEngine::ask(realm, "eve"));
    const int before = script.asked;
    CHECK_FALSE(InlineEngine::ask(realm, "eve")->cached);
    CHECK(script.asked == before + 1);
  }
}

TEST_CASE("the same wrong credential is refused without asking, for a while, from there, and until something changes") {
  InlineEngine engine;
  const auto from = [](const char* address) { return gatehouse::Attribute{"client.address", address}; };
  for (const std::uint32_t refusal : {GATEHOUSE_VERDICT_DENIED, GATEHOUSE_VERDICT_NOT_MINE}) {
    CAPTURE(refusal);
    Script script{.answer = [&](auto&&...) { return refusal; }};
    const auto realm = engine.realm({engine.backend(script, "b" + std::to_string(refusal))});
    const auto asks = [&](std::string_view password, const gatehouse::Attribute& attribute) {
      Request request = Request::with_password("bob", password);
      request.attributes = {&attribute, 1};
      const int before = script.asked;
      CHECK(realm->decide(realm, request, {})->code == DecisionCode::denied);
      return script.asked != before;
    };
    const auto here = from("192.0.2.1");
    CHECK(asks("wrong", here));
    CHECK_FALSE(asks("wrong", here));
    CHECK(asks("other", here));
    CHECK(asks("wrong", from("192.0.2.2")));
    engine.clock.advance(std::chrono::seconds(59));
    CHECK_FALSE(asks("wrong", here));
    engine.clock.advance(std::chrono::seconds(1));
    CHECK(asks("wrong", here));
    CHECK_FALSE(asks("wrong", here));
    script.api->invalidate(script.host, as_str("anybody"));
    CHECK(asks("wrong", here));
    CHECK_FALSE(asks("wrong", here));
    engine.engine->memory->grants.flush();
    CHECK(asks("wrong", here));
  }
}

TEST_CASE("a plugin sees what it declares and nothing else") {
  InlineEngine engine;
  std::string seen;
  Script script{.answer = [&](auto*, auto*, const gatehouse_request& request, auto*) {
    seen = std::string(view(request.realm)) + "/";
    for (size_t i = 0; i < request.attribute_count; ++i) {
      seen +=
          std::string(view(request.attributes[i].name)) + "=" + std::string(view(request.attributes[i].value)) + ";";
    }
    return GATEHOUSE_VERDICT_DENIED;
  }};
  script.attributes = {"client.address"};
  const auto realm = engine.realm({engine.backend(script, "b0")});
  const gatehouse::Attribute attributes[] = {{"http.uri", "/secret"}, {"client.address", "192.0.2.1"}, {"client", "x"}};
  Request request = Request::with_password("bob", "x");
  request.attributes = attributes;
  static_cast<void>(realm->decide(realm, request, {}));
  CHECK(seen == "r/client.address=192.0.2.1;");
}

TEST_CASE("other kinds of credential never reach a backend") {
  InlineEngine engine;
  Script passwords{.answer = grant};
  Script tokens{.answer = [](auto* host, auto* api, const auto& request, auto* call) {
    api->set_subject(host, call, request.token);
    return GATEHOUSE_VERDICT_GRANTED;
  }};
  tokens.credentials = GATEHOUSE_CREDENTIAL_BEARER;
  const auto realm = engine.realm({engine.backend(passwords, "b0"), engine.backend(tokens, "b1")});
  CHECK(realm->credentials == (GATEHOUSE_CREDENTIAL_PASSWORD | GATEHOUSE_CREDENTIAL_BEARER));
  const auto answer = realm->decide(realm, Request::with_token("t1"), {});
  CHECK(answer->identity.backend == "b1");
  CHECK(answer->steps.at(0).verdict == gatehouse::VerdictCode::not_mine);
  CHECK(passwords.asked == 0);
}

TEST_CASE("remaining time: of the backend, of the realm, of the caller, whichever is shortest") {
  InlineEngine engine;
  std::uint32_t left = 0;
  Script script{.answer = [&](auto* host, auto* api, const auto&, auto* call) {
    left = api->remaining_ms(host, call);
    engine.clock.advance(std::chrono::hours(1));
    CHECK(api->remaining_ms(host, call) == 0);
    return GATEHOUSE_VERDICT_DENIED;
  }};
  const auto realm = engine.realm({engine.backend(script, "b0")});
  static_cast<void>(InlineEngine::ask(realm, "bob"));
  CHECK(left == 10'000);  // a backend's usual time
  static_cast<void>(realm->decide(realm, Request::with_password("bob", "x"), milliseconds(70)));
  CHECK(left == 70);
}

TEST_CASE("when no time is left the rest of the chain is not asked") {
  InlineEngine engine;
  Script slow{.answer = [&](auto&&...) {
    engine.clock.advance(seconds(60));
    return GATEHOUSE_VERDICT_NOT_MINE;
  }};
  Script second{.answer = grant};
  const auto realm = engine.realm({engine.backend(slow, "b0"), engine.backend(second, "b1")});
  const auto answer = InlineEngine::ask(realm, "bob");
  CHECK(answer->code == DecisionCode::unavailable);
  CHECK(answer->reason == Reason::timeout);
  CHECK(second.asked == 0);
}

TEST_CASE("background work that is due runs before the question, also the first that create() asked for") {
  InlineEngine engine;
  int runs = 0;
  Script script{.answer = grant};
  script.background = [&] {
    ++runs;
    script.api->invalidate(script.host, as_str(""));
    script.api->wake_after(script.host, 1000);
  };
  script.on_create = [](auto* host, auto* api) { api->wake_after(host, 0); };
  script.on_destroy = [](auto* host, auto* api) { api->wake_after(host, 0); };
  const auto realm = engine.realm({engine.backend(script, "b0")});
  CHECK(InlineEngine::ask(realm, "bob")->code == DecisionCode::granted);
  CHECK(runs == 1);
  CHECK(InlineEngine::ask(realm, "bob")->cached);
  CHECK(runs == 1);
  engine.clock.advance(milliseconds(1000));
  CHECK_FALSE(InlineEngine::ask(realm, "bob")->cached);  // what it found out counts at once
  CHECK(runs == 2);
}

TEST_CASE("a call to a made-up handle from create() and destroy() is only a log line") {
  InlineEngine engine;
  Script script{.answer = grant};
  const auto speak = [](auto* host, auto* api) {
    api->set_subject(host, nullptr, as_str("root"));
    CHECK(api->remaining_ms(host, nullptr) == 0);
    CHECK(api->claim_subject(host, nullptr, as_str("root")) == 0);
  };
  script.on_create = speak;
  script.on_destroy = speak;
  {
    const auto realm = engine.realm({engine.backend(script, "b0")});
    CHECK(InlineEngine::ask(realm, "bob")->identity.subject == "bob");
  }
  engine.engine->log.deliver();
  CHECK(engine.log.size() >= 2);
}

TEST_CASE("limits of one call, at the limit and over it") {
  InlineEngine engine;
  std::size_t groups = 0;
  Script script{.answer = [&](auto* host, auto* api, const auto& request, auto* call) {
    for (std::size_t i = 0; i < groups; ++i) api->add_group(host, call, as_str("g"));
    return grant(host, api, request, call);
  }};
  const auto realm = engine.realm({engine.backend(script, "b0")}, milliseconds(0));
  groups = gatehouse::detail::max_groups;
  CHECK(InlineEngine::ask(realm, "bob")->identity.groups.size() == groups);
  ++groups;
  CHECK(InlineEngine::ask(realm, "bob")->reason == Reason::plugin_fault);
}

}  // namespace
