// SPDX-License-Identifier: Apache-2.0
// Memory runs out at every place where some is asked for, once and from there on: never a grant that is none, never a
// caller who waits for ever, never the end of the process; and once there is some again, all is as before.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine_support.hpp"
#include "latch.hpp"
#include "runtime/flight.hpp"

namespace {

/// How many more pieces of memory there are, in all threads; and whether then there is none, or only that one less.
std::atomic<long> pieces{std::numeric_limits<long>::max()};
std::atomic<bool> none_after{false};
std::atomic<bool> ran_out{false};

bool there_is_some() noexcept {
  const long left = pieces.fetch_sub(1, std::memory_order_relaxed);
  if (left > 0 || (left < 0 && !none_after)) return true;
  ran_out = true;
  return false;
}

void* piece(std::size_t size, std::size_t alignment) noexcept {
  if (!there_is_some()) return nullptr;
  return std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
}

}  // namespace

void* operator new(std::size_t size) {
  void* const at = piece(size, alignof(std::max_align_t));
  if (at == nullptr) throw std::bad_alloc();
  return at;
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  void* const at = piece(size, static_cast<std::size_t>(alignment));
  if (at == nullptr) throw std::bad_alloc();
  return at;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return piece(size, alignof(std::max_align_t));
}
void operator delete(void* at) noexcept {
  std::free(at);
}
void operator delete(void* at, std::size_t) noexcept {
  std::free(at);
}
void operator delete(void* at, std::align_val_t) noexcept {
  std::free(at);
}
void operator delete(void* at, std::size_t, std::align_val_t) noexcept {
  std::free(at);
}
void operator delete(void* at, const std::nothrow_t&) noexcept {
  std::free(at);
}

namespace {

using gatehouse::Answer;
using gatehouse::Decision;
using gatehouse::DecisionCode;
using gatehouse::Request;
using gatehouse::RuntimeOptions;
using gatehouse::detail::Backend;
using gatehouse::detail::BackendSettings;
using gatehouse::detail::Engine;
using gatehouse::detail::PartsDigest;
using gatehouse::detail::RealmState;
using gatehouse::test::Count;
using gatehouse::test::InlineEngine;
using gatehouse::test::make_instance;
using gatehouse::test::Script;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// While it lives there are so many pieces.
class Scarce {
 public:
  Scarce(long how_many, bool then_none) {
    none_after = then_none;
    ran_out = false;
    pieces = how_many;
  }
  ~Scarce() { end(); }
  Scarce(const Scarce&) = delete;
  Scarce& operator=(const Scarce&) = delete;
  /// True: it ran out.
  static bool end() noexcept {
    none_after = false;
    pieces = std::numeric_limits<long>::max();
    return ran_out;
  }
};

/// Takes "right", and claims and lists groups that are too long for a small string.
gatehouse_verdict judge(gatehouse_host* host, const gatehouse_host_api* api, const gatehouse_request& request,
                        gatehouse_call* call) {
  constexpr std::string_view group = "a group with a name that is long enough";
  if (api->claim_subject(host, call, request.user) != 1) return GATEHOUSE_VERDICT_UNAVAILABLE;
  if (std::string_view(request.password.data, request.password.size) != "right") return GATEHOUSE_VERDICT_DENIED;
  api->set_subject(host, call, request.user);
  api->add_group(host, call, {group.data(), group.size()});
  return GATEHOUSE_VERDICT_GRANTED;
}

DecisionCode decide(const std::shared_ptr<const RealmState>& realm, std::string_view user, std::string_view password) {
  const gatehouse::Attribute from[] = {{"client.address", "192.0.2.1"}};
  Request request = Request::with_password(user, password);
  request.attributes = from;
  try {
    return Decision(realm->decide(realm, request, milliseconds(0))).code();
  } catch (const std::bad_alloc&) {
    return DecisionCode::unavailable;  // as Realm::decide does
  }
}

/// An engine with threads over backends of one worker each.
struct Threads {
  Threads() {
    engine->remember(100);
    REQUIRE(engine->prepare());
    engine->open_door();
  }
  ~Threads() { engine->stop(); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  std::shared_ptr<Backend> backend(Script& script, const std::string& name, milliseconds timeout = seconds(10)) const {
    BackendSettings settings;
    settings.name = name;
    settings.timeout = timeout;
    auto made = std::make_shared<Backend>(make_instance(script, name, engine->clock, engine->log), settings,
                                          PartsDigest().add(name).finish(), engine);
    REQUIRE(made->start(true));
    return made;
  }
  std::shared_ptr<const RealmState> realm(std::vector<std::shared_ptr<Backend>> chain) const {
    gatehouse::config::RealmDefinition definition;
    definition.name = "r";
    gatehouse::config::ThrottleSettings throttle;
    throttle.failures = throttle.source_failures = 0;
    return std::make_shared<const RealmState>(engine, definition, std::move(chain), gatehouse::config::CacheSettings{},
                                              throttle);
  }
  std::shared_ptr<Engine> engine =
      std::make_shared<Engine>(RuntimeOptions{}, gatehouse::detail::system_clock(), nullptr);
};

/// Asks with ever more pieces until they suffice; what `ask` says must be one of two.
void sweep(DecisionCode expected, const std::function<DecisionCode(const std::string& user)>& ask) {
  for (const bool then_none : {false, true}) {
    CAPTURE(then_none);
    bool short_of = true;
    for (long n = 0; short_of && n < 2'000; ++n) {
      const std::string user =
          "user " + std::to_string(n) + (then_none ? " of those who get nothing" : " of the others");
      DecisionCode code = DecisionCode::granted;
      {
        const Scarce scarce(n, then_none);
        code = ask(user);
        short_of = Scarce::end();
      }
      CAPTURE(n);
      if (code != DecisionCode::unavailable) CHECK(code == expected);
      if (!short_of) CHECK(code == expected);
    }
    CHECK_FALSE(short_of);
  }
}

TEST_CASE("a login and a wrong password, on a worker") {
  Script script{.answer = judge};
  Script other{.answer = [](auto&&...) { return GATEHOUSE_VERDICT_NOT_MINE; }};
  const Threads threads;
  const auto first = threads.backend(other, "first");
  const auto second = threads.backend(script, "second");
  const auto realm = threads.realm({first, second});
  sweep(DecisionCode::granted, [&](const std::string& user) { return decide(realm, user, "right"); });
  sweep(DecisionCode::denied, [&](const std::string& user) { return decide(realm, user, "wrong"); });
  CHECK(decide(realm, "bob", "right") == DecisionCode::granted);
  threads.engine->stop();
  CHECK(first->stop());
  CHECK(second->stop());
  CHECK(threads.engine->metrics.in_flight == 0);
}

TEST_CASE("a login and a wrong password, inline") {
  Script script{.answer = judge};
  InlineEngine engine;
  engine.throttle.failures = engine.throttle.source_failures = 0;
  const auto realm = engine.realm({engine.backend(script, "b0")});
  sweep(DecisionCode::granted, [&](const std::string& user) { return decide(realm, user, "right"); });
  sweep(DecisionCode::denied, [&](const std::string& user) { return decide(realm, user, "wrong"); });
}

TEST_CASE("a backend that does not answer in its time") {
  Count go_on;
  Script script{.answer = [&](auto&&...) {
    const int before = go_on.value();
    CHECK(go_on.wait(before + 1));
    return GATEHOUSE_VERDICT_DENIED;
  }};
  const Threads threads;
  const auto backend = threads.backend(script, "slow", milliseconds(5));
  const auto realm = threads.realm({backend});
  sweep(DecisionCode::unavailable, [&](const std::string& user) {
    const DecisionCode code = decide(realm, user, "right");
    const bool short_of = Scarce::end();
    go_on.add();
    // The next question needs the one worker.
    const auto until = std::chrono::steady_clock::now() + seconds(10);
    while (backend->pool.stuck() > 0 && std::chrono::steady_clock::now() < until) go_on.add();
    ran_out = short_of;
    return code;
  });
  threads.engine->stop();
  CHECK(backend->stop());
}

TEST_CASE("an answer that is waited for elsewhere") {
  Script script{.answer = judge};
  const Threads threads;
  const auto backend = threads.backend(script, "b");
  const auto realm = threads.realm({backend});
  sweep(DecisionCode::granted, [&](const std::string& user) {
    // As Realm::decide_async does it; who gets no ticket knows it at once.
    std::optional<DecisionCode> code;
    Engine& engine = *threads.engine;
    auto ticket = gatehouse::Ticket::none;
    try {
      ticket = engine.expect([&](const Decision& decision) { code = decision.code(); });
      const auto finish = [&engine, ticket](std::shared_ptr<const Answer> answer) {
        engine.complete(ticket, Decision(std::move(answer)));
      };
      engine.attach(
          ticket, gatehouse::detail::Flight::launch(realm, Request::with_password(user, "right"), seconds(30), finish));
    } catch (const std::bad_alloc&) {
      engine.cancel(ticket);
      return DecisionCode::unavailable;
    }
    const auto until = std::chrono::steady_clock::now() + seconds(10);
    while (!code && std::chrono::steady_clock::now() < until) engine.dispatch();
    REQUIRE(code);
    return *code;
  });
  threads.engine->stop();
  CHECK(backend->stop());
}

}  // namespace
