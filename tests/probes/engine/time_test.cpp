// SPDX-License-Identifier: Apache-2.0
// Slow and stuck backends: callers are answered on time, slots stay counted, neighbours do not suffer.
#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "bench.hpp"

namespace {

using namespace bench;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

TEST_CASE("one stuck worker of two leaves one; when both are stuck the breaker opens, and closes when they return") {
  const yard::Pipe gate;
  Letters letters;
  Bench bench;
  const Realm realm =
      bench.serve(line("gate", gate.reads()) + line("events", letters.fd()) + "workers = 2\ntimeout = \"40ms\"\n");
  CHECK(ask(realm, "wait1").reason() == Reason::timeout);
  CHECK(ask(realm, "alice").granted());
  CHECK(ask(realm, "wait2").reason() == Reason::timeout);
  const Decision refused = ask(realm, "carol");
  CHECK(refused.code() == DecisionCode::unavailable);
  CHECK(refused.reason() == Reason::overload);
  CHECK(refused.retry_after().count() > 0);
  CHECK(refused.answer().steps.at(0).detail == "all its workers are stuck");
  CHECK(ask(realm, "alice").cached());  // what is remembered is still served

  gate.put(2);
  const auto until = steady_clock::now() + seconds(10);
  Decision again = ask(realm, "carol");
  while (!again.granted() && steady_clock::now() < until) again = ask(realm, "carol");
  CHECK(again.granted());
}

TEST_CASE("the caller's own shorter time counts, and a longer one does not") {
  const yard::Pipe gate;
  Bench bench;
  const Config config = bench.load("[realms.r]\nchain = [\"b\"]\ntimeout = \"60ms\"\n" +
                                   bench.backend("b", line("gate", gate.reads()) + "workers = 3\n"));
  bench.start();
  const Realm realm = *config.realm();
  const auto began = steady_clock::now();
  CHECK(realm.decide(right("wait1"), milliseconds(10)).reason() == Reason::timeout);
  CHECK(steady_clock::now() - began < seconds(10));
  const auto second = steady_clock::now();
  CHECK(realm.decide(right("wait2"), seconds(600)).reason() == Reason::timeout);
  CHECK(steady_clock::now() - second >= milliseconds(60));
  CHECK(steady_clock::now() - second < seconds(10));
  gate.put(2);
}

TEST_CASE("a slow backend does not starve another") {
  const yard::Pipe gate;
  Letters letters;
  Bench bench;
  const Config config = bench.load(
      "[realms.slow]\nchain = [\"s\"]\n[realms.fast]\nchain = [\"f\"]\n" +
      bench.backend("s", line("gate", gate.reads()) + line("events", letters.fd()) + "workers = 1\nqueue = 2\n") +
      bench.backend("f", "workers = 1\n"));
  bench.start();
  const Realm slow = *config.realm("slow");
  const Realm fast = *config.realm("fast");
  int answered = 0;
  const auto count = [&](const Decision& decision) { answered += decision.granted() ? 1 : 0; };
  for (const char* user : {"wait1", "wait2", "wait3"}) {
    static_cast<void>(slow.decide_async(right(user), count));
    if (user == std::string_view("wait1")) {
      CHECK(letters.wait('A'));
    }
  }
  CHECK(ask(slow, "bob").reason() == Reason::overload);  // its queue is full: at once
  for (int i = 0; i < 50; ++i) CHECK(ask(fast, "user" + std::to_string(i)).granted());
  CHECK(answered == 0);
  gate.put(3);
  CHECK(bench.dispatch_until([&] { return answered == 3; }));
}

TEST_CASE("a request that waited in the queue has that much less time") {
  const yard::Pipe gate;
  Letters letters;
  Bench bench;
  const Realm realm = bench.serve(line("gate", gate.reads()) + line("events", letters.fd()) +
                                  "workers = 1\nqueue = 8\ntimeout = \"80ms\"\n");
  std::thread first([&] { CHECK(ask(realm, "wait1").reason() == Reason::timeout); });
  CHECK(letters.wait('A'));
  const auto began = steady_clock::now();
  CHECK(ask(realm, "bob").reason() == Reason::timeout);  // it never came to the worker
  CHECK(steady_clock::now() - began < seconds(10));
  first.join();
  gate.put(1);
  const auto until = steady_clock::now() + seconds(10);
  while (!ask(realm, "alice").granted() && steady_clock::now() < until) continue;
  CHECK(letters.wait('A'));
  CHECK(letters.seen('A') == 2);  // wait1 and alice: bob's place in the queue was given up with him
}

TEST_CASE("a backend that is down ends the chain, unless it says next; then only a grant counts") {
  Bench bench;
  const auto chain = [&](const char* policy) {
    return bench.load("[realms.r]\nchain = [\"a\", \"b\"]\nsubjects = \"shared\"\n" +
                      bench.backend("a", std::string("down = true\n") + policy) + bench.backend("b", "mine = \"m\"\n"));
  };
  const Config ends = chain("");
  const Config next = chain("on_unavailable = \"next\"\n");
  bench.start();
  CHECK(ask(*ends.realm(), "mary").code() == DecisionCode::unavailable);
  CHECK(ask(*ends.realm(), "mary").answer().steps.size() == 1);
  CHECK(ask(*next.realm(), "mary").granted());
  CHECK_FALSE(next.realm()->try_decide(right("mary")));  // a grant behind a missed backend is not remembered
  for (const auto& [user, password] : {std::pair("mary", "wrong"), std::pair("bob", "right")}) {
    const Decision decision = ask(*next.realm(), user, password);
    CHECK(decision.code() == DecisionCode::unavailable);
    CHECK(decision.answer().detail == "a: the probe is down");
    CHECK(decision.answer().steps.size() == 2);
  }
}

}  // namespace
