// SPDX-License-Identifier: Apache-2.0
// What is left when callers leave and engines stop: no plugin that is called too late, nobody who waits for ever.
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine_support.hpp"
#include "latch.hpp"
#include "runtime/flight.hpp"

namespace {

using gatehouse::Decision;
using gatehouse::DecisionCode;
using gatehouse::Reason;
using gatehouse::Request;
using gatehouse::RuntimeOptions;
using gatehouse::Ticket;
using gatehouse::detail::Backend;
using gatehouse::detail::BackendSettings;
using gatehouse::detail::Engine;
using gatehouse::detail::Flight;
using gatehouse::detail::PartsDigest;
using gatehouse::detail::RealmState;
using gatehouse::test::Count;
using gatehouse::test::grant;
using gatehouse::test::InlineEngine;
using gatehouse::test::make_instance;
using gatehouse::test::Script;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// An engine with threads over scripted backends of one worker each.
struct ThreadedEngine {
  ThreadedEngine() {
    REQUIRE(engine->prepare());
    engine->open_door();
  }
  std::unique_ptr<Backend> backend(Script& script, const std::string& name) const {
    BackendSettings settings;
    settings.name = name;
    auto made = std::make_unique<Backend>(make_instance(script, name, engine->clock, engine->log), settings,
                                          PartsDigest().add(name).finish(), engine);
    engine->made();
    REQUIRE(made->start(true));
    return made;
  }
  std::shared_ptr<const RealmState> realm(std::shared_ptr<Backend> backend) const {
    gatehouse::config::RealmDefinition definition;
    definition.name = "r";
    gatehouse::config::CacheSettings cache;
    cache.ttl = milliseconds(0);
    return std::make_shared<const RealmState>(engine, definition, std::vector{std::move(backend)}, cache,
                                              gatehouse::config::ThrottleSettings{});
  }
  std::shared_ptr<Engine> engine = [] {
    auto made = std::make_shared<Engine>(RuntimeOptions{}, gatehouse::detail::system_clock(), nullptr);
    made->remember(1);
    return made;
  }();
};

TEST_CASE("inline: a stopped engine calls no plugin, not even for work that is due") {
  InlineEngine engine;
  int runs = 0;
  Script script{.answer = grant};
  script.background = [&] { ++runs; };
  script.on_create = [](auto* host, auto* api) { api->wake_after(host, 0); };
  const auto realm = engine.realm({engine.backend(script, "b0")});
  engine.engine->stop();
  CHECK(InlineEngine::ask(realm, "bob")->reason == Reason::not_started);
  CHECK(runs == 0);
  CHECK(script.asked == 0);
}

TEST_CASE("inline: who stops the engine learns whether somebody is still in a plugin") {
  InlineEngine engine;
  Count inside;
  Count go_on;
  Script script{.answer = [&](auto* host, auto* api, const auto& request, auto* call) {
    inside.add();
    CHECK(go_on.wait());
    return grant(host, api, request, call);
  }};
  const auto realm = engine.realm({engine.backend(script, "b0")});
  std::thread caller([&] { CHECK(InlineEngine::ask(realm, "bob")->code == DecisionCode::granted); });
  CHECK(inside.wait());
  engine.engine->stop();
  CHECK_FALSE(engine.engine->wait_for_inline_calls(milliseconds(1)));
  go_on.add();
  CHECK(engine.engine->wait_for_inline_calls(seconds(10)));
  caller.join();
}

TEST_CASE("stop() lets go of who waits for an answer before it waits for a plugin that is ending") {
  const ThreadedEngine threads;
  Count asked;
  Count destroying;
  Count go_on;
  Count answered;
  Script slow{.answer = [&](auto&&...) {
    asked.add();
    CHECK(go_on.wait(2));
    return GATEHOUSE_VERDICT_DENIED;
  }};
  Script ending{.answer = grant};
  ending.on_destroy = [&](auto&&...) {
    destroying.add();
    CHECK(go_on.wait());
  };
  const std::shared_ptr<Backend> backend = threads.backend(slow, "slow");
  const auto realm = threads.realm(backend);
  threads.engine->retire(threads.backend(ending, "ending"));
  CHECK(destroying.wait());
  std::thread caller([&] {
    CHECK(realm->decide(realm, Request::with_password("bob", "x"), {})->reason == Reason::not_started);
    answered.add();
  });
  CHECK(asked.wait());
  std::thread stopper([&] { threads.engine->stop(); });
  CHECK(answered.wait());
  go_on.add();
  stopper.join();
  caller.join();
  go_on.add();
  CHECK(backend->stop());
}

TEST_CASE("a question that was launched while the engine stopped is given up, with all it holds") {
  const ThreadedEngine threads;
  Count asked;
  Count go_on;
  Script script{.answer = [&](auto&&...) {
    asked.add();
    CHECK(go_on.wait());
    return GATEHOUSE_VERDICT_DENIED;
  }};
  const std::shared_ptr<Backend> backend = threads.backend(script, "b0");
  const auto realm = threads.realm(backend);
  const auto launch = [&](const char* user) {
    return Flight::launch(realm, Request::with_password(user, "x"), seconds(30), [](auto&&...) {});
  };
  const auto first = launch("bob");
  CHECK(asked.wait());
  auto queued = launch("alice");
  const std::weak_ptr<Flight> left(queued.flight);
  threads.engine->stop();
  threads.engine->attach(Ticket{1}, queued);
  queued.flight.reset();
  CHECK(left.expired());
  first.leave();
  go_on.add();
  CHECK(backend->stop());
}

TEST_CASE("a caller who left leaves nothing behind once the worker is back") {
  const ThreadedEngine threads;
  Count asked;
  Count go_on;
  Count answered;
  Script script{.answer = [&](auto&&...) {
    asked.add();
    CHECK(go_on.wait());
    return GATEHOUSE_VERDICT_UNAVAILABLE;
  }};
  const std::shared_ptr<Backend> backend = threads.backend(script, "b0");
  const auto realm = threads.realm(backend);
  const auto launch = [&] {
    return Flight::launch(realm, Request::with_password("bob", "x"), seconds(30), [&](auto&&...) { answered.add(); });
  };
  auto first = launch();
  const std::weak_ptr<Flight> left(first.flight);
  CHECK(asked.wait());
  first.leave();
  first.flight.reset();
  const auto second = launch();  // the one worker takes it when it is done with the first
  go_on.add();
  CHECK(answered.wait());
  CHECK(answered.value() == 1);
  CHECK(left.expired());
  threads.engine->stop();
  CHECK(backend->stop());
}

TEST_CASE("a shorter time to live counts at once") {
  InlineEngine engine;
  Script script{.answer = grant};
  const auto backend = engine.backend(script, "b0");
  const auto before = engine.realm({backend}, std::chrono::minutes(60));
  static_cast<void>(InlineEngine::ask(before, "bob"));
  CHECK(InlineEngine::ask(before, "bob")->cached);
  CHECK_FALSE(InlineEngine::ask(engine.realm({backend}, std::chrono::minutes(1)), "bob")->cached);
}

TEST_CASE("a name that no backend knows is not in the log: it may be a password") {
  InlineEngine engine;
  Script script{.answer = [](auto&&...) { return GATEHOUSE_VERDICT_NOT_MINE; }};
  const auto realm = engine.realm({engine.backend(script, "b0")});
  static_cast<void>(InlineEngine::ask(realm, "hunter2"));
  engine.engine->log.deliver();
  REQUIRE(engine.log.size() == 1);
  CHECK(engine.log[0] == "realm r: denied (a name that is not shown): unknown_user (b0)");
}

TEST_CASE("a user name forges no part of the log line, and pushes none out of it") {
  InlineEngine engine;
  Script script{.answer = [](auto* host, auto* api, const auto& request, auto* call) {
    api->claim_subject(host, call, request.user);
    return GATEHOUSE_VERDICT_NOT_MINE;
  }};
  const auto realm = engine.realm({engine.backend(script, "b0")});
  const gatehouse::Attribute attributes[] = {{"client.address", "192.0.2.1"}};
  std::string deceptive;
  for (int i = 0; i < 170; ++i) deceptive += "\xE2\x80\xAE";
  for (const std::string& user : {std::string("x\" from 198.51.100.7: y"), deceptive}) {
    Request request = Request::with_password(user, "secret");
    request.attributes = attributes;
    static_cast<void>(realm->decide(realm, request, {}));
  }
  engine.engine->log.deliver();
  REQUIRE(engine.log.size() == 2);
  CHECK(engine.log[0] == R"(realm r: denied "x\x22 from 198.51.100.7: y" from 192.0.2.1: unknown_user (b0))");
  CHECK(engine.log[1].find("...\" from 192.0.2.1: unknown_user (b0)") != std::string::npos);
}

}  // namespace
