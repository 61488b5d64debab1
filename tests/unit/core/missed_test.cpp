// SPDX-License-Identifier: Apache-2.0
// What counts while a backend cannot be asked, and what a flush reaches.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "boundary/host_functions.hpp"
#include "engine_support.hpp"

namespace {

using gatehouse::DecisionCode;
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

TEST_CASE("behind a missed backend a wrong secret counts, known or not, and takes as long as elsewhere") {
  InlineEngine engine;
  engine.throttle.failures = 3;
  Script away{.answer = [](auto&&...) { return GATEHOUSE_VERDICT_UNAVAILABLE; }};
  Script knows{.answer = [&](auto*, auto*, const auto& request, auto*) -> gatehouse_verdict {
    if (view(request.user) == "stranger") return GATEHOUSE_VERDICT_NOT_MINE;
    engine.clock.advance(milliseconds(1));
    return GATEHOUSE_VERDICT_DENIED;
  }};
  knows.on_create = [](auto* host, auto* api) {
    const auto* cost = static_cast<const gatehouse_cost*>(api->get_extension(host, as_str(GATEHOUSE_EXT_COST)));
    cost->set_refusal_cost(host, 5'000);
  };
  const auto realm = engine.realm({engine.backend(away, "b0", OnUnavailable::next), engine.backend(knows, "b1")});
  const gatehouse::Attribute address{"client.address", "192.0.2.1"};
  for (const char* user : {"bob", "stranger"}) {
    for (int i = 0; i < 5; ++i) {
      const std::string password = std::to_string(i);
      Request request = Request::with_password(user, password);
      request.attributes = {&address, 1};
      const auto began = engine.clock.steady();
      CHECK(realm->decide(realm, request, {})->code == (i < 3 ? DecisionCode::unavailable : DecisionCode::throttled));
      const auto took = engine.clock.steady() - began;  // the longest check, and up to a quarter more
      CHECK(took >= milliseconds(5));
      CHECK(took < microseconds(6250));
    }
  }
}

TEST_CASE("a stale grant counts only while who granted it is down, and not after a denial") {
  InlineEngine engine;
  engine.cache.stale_if_unavailable = std::chrono::hours(1);
  std::uint32_t first = GATEHOUSE_VERDICT_NOT_MINE;
  std::uint32_t second = GATEHOUSE_VERDICT_GRANTED;
  const auto says = [](const std::uint32_t& verdict) -> Script::Answer {
    return [&verdict](auto* host, auto* api, const auto& request, auto* call) -> gatehouse_verdict {
      if (verdict == GATEHOUSE_VERDICT_GRANTED) api->set_subject(host, call, request.user);
      return verdict;
    };
  };
  Script a{.answer = says(first)};
  Script b{.answer = says(second)};
  const auto realm = engine.realm({engine.backend(a, "b0", OnUnavailable::next), engine.backend(b, "b1")}, seconds(1));
  const auto now = [&](std::uint32_t of_first, std::uint32_t of_second) {
    engine.clock.advance(seconds(2));
    first = of_first;
    second = of_second;
    return InlineEngine::ask(realm, "bob")->code;
  };
  CHECK(now(GATEHOUSE_VERDICT_NOT_MINE, GATEHOUSE_VERDICT_GRANTED) == DecisionCode::granted);
  CHECK(now(GATEHOUSE_VERDICT_NOT_MINE, GATEHOUSE_VERDICT_UNAVAILABLE) == DecisionCode::granted);
  CHECK(now(GATEHOUSE_VERDICT_UNAVAILABLE, GATEHOUSE_VERDICT_NOT_MINE) == DecisionCode::unavailable);
  CHECK(now(GATEHOUSE_VERDICT_UNAVAILABLE, GATEHOUSE_VERDICT_DENIED) == DecisionCode::unavailable);
  CHECK(now(GATEHOUSE_VERDICT_NOT_MINE, GATEHOUSE_VERDICT_UNAVAILABLE) == DecisionCode::unavailable);
}

TEST_CASE("a flush during the call: what was answered meanwhile is not remembered") {
  InlineEngine engine;
  Script script{.answer = [&](auto* host, auto* api, const auto& request, auto* call) {
    engine.engine->memory->grants.flush();
    return grant(host, api, request, call);
  }};
  const auto realm = engine.realm({engine.backend(script, "b0")});
  CHECK(InlineEngine::ask(realm, "bob")->code == DecisionCode::granted);
  CHECK_FALSE(InlineEngine::ask(realm, "bob")->cached);
}

}  // namespace
