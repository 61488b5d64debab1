// SPDX-License-Identifier: Apache-2.0
// Guessing through the whole engine: known and unknown accounts look alike, a burst is not more than a row.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "bench.hpp"

namespace {

using namespace bench;

Decision guess(const Realm& realm, std::string_view user, std::string_view password, std::string_view address) {
  const gatehouse::Attribute from{"client.address", address};
  Request request = Request::with_password(user, password);
  request.attributes = {&from, 1};
  return realm.decide(request);
}

std::string limits(std::string_view lines) {
  return "[throttle]\n" + std::string(lines) + "[realms.r]\nchain = [\"b\"]\n";
}

TEST_CASE("known and unknown names are refused, then told to wait, at the same guess and with the same words") {
  Bench bench;
  const Config config = bench.load(limits("failures = 4\n") + bench.backend("b"));
  bench.start();
  const Realm realm = *config.realm();
  for (int i = 0; i < 8; ++i) {
    const std::string password = "p" + std::to_string(i);
    const Decision known = guess(realm, "bob", password, "192.0.2.1");
    const Decision unknown = guess(realm, "unknown", password, "192.0.2.1");
    CHECK(known.code() == (i < 4 ? DecisionCode::denied : DecisionCode::throttled));
    CHECK(unknown.code() == known.code());
    CHECK((unknown.retry_after().count() > 0) == (known.retry_after().count() > 0));
    CHECK(unknown.challenges().size() == known.challenges().size());
  }
  CHECK(guess(realm, "bob", "right", "192.0.2.1").code() == DecisionCode::throttled);
  CHECK(guess(realm, "bob", "right", "192.0.2.2").granted());
  CHECK(guess(realm, "alice", "right", "192.0.2.1").granted());
  const auto waiting = bench.runtime->throttled();
  REQUIRE(waiting.size() == 2);
  CHECK(waiting[0].source == "192.0.2.1/32");
  bench.runtime->clear_throttle("bob");
  CHECK(guess(realm, "bob", "right", "192.0.2.1").granted());
  CHECK(guess(realm, "unknown", "x", "192.0.2.1").code() == DecisionCode::throttled);
  bench.runtime->clear_throttle();
  CHECK(guess(realm, "unknown", "y", "192.0.2.1").code() == DecisionCode::denied);
  CHECK(bench.runtime->throttled().empty());
}

TEST_CASE("who is logged in stays so while others guess at the account from everywhere") {
  Bench bench;
  const Config config = bench.load(limits("subject_failures = 10\n") + bench.backend("b"));
  bench.start();
  const Realm realm = *config.realm();
  CHECK(guess(realm, "bob", "right", "198.51.100.1").granted());
  int denied = 0;
  for (int i = 0; i < 60; ++i) {
    denied +=
        guess(realm, "bob", "w" + std::to_string(i), "203.0.113." + std::to_string(i)).code() == DecisionCode::denied
            ? 1
            : 0;
  }
  CHECK(denied == 10);
  CHECK(guess(realm, "bob", "right", "198.51.100.1").cached());
  bench.runtime->flush_cache();
  const Decision asked = guess(realm, "bob", "right", "198.51.100.1");
  CHECK(asked.granted());
  CHECK_FALSE(asked.cached());
  CHECK(guess(realm, "bob", "right", "203.0.113.99").code() == DecisionCode::throttled);
}

TEST_CASE("a thousand guesses at once are as many as one after the other") {
  Bench bench;
  const Config config = bench.load(limits("failures = 20\n") + bench.backend("b", "workers = 8\nqueue = 2000\n"));
  bench.start();
  const Realm realm = *config.realm();
  std::array<std::atomic<int>, 7> codes{};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 125; ++i) {
        const auto decision = guess(realm, "bob", std::to_string(t * 1000 + i), "192.0.2.1");
        ++codes.at(static_cast<std::size_t>(decision.code()));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(codes[static_cast<std::size_t>(DecisionCode::denied)] == 20);
  CHECK(codes[static_cast<std::size_t>(DecisionCode::throttled)] == 980);
}

TEST_CASE("the count is kept across a reload, and the address counts though no backend asks for it") {
  Bench bench;
  const std::string text = limits("failures = 3\n") + bench.backend("b");
  Config config = bench.load(text);
  bench.start();
  for (int i = 0; i < 3; ++i) {
    CHECK(guess(*config.realm(), "bob", std::to_string(i), "192.0.2.1").code() == DecisionCode::denied);
  }
  config = bench.load(text + "tag = \"another\"\n");
  CHECK(guess(*config.realm(), "bob", "right", "192.0.2.1").code() == DecisionCode::throttled);
  CHECK(guess(*config.realm(), "bob", "right", "192.0.2.2").granted());
}

TEST_CASE("who logs in to one realm forgives nothing in another where somebody has the same name") {
  Bench bench;
  const Config config =
      bench.load("[throttle]\nfailures = 3\n[realms.r]\nchain = [\"b\"]\n[realms.s]\nchain = [\"c\"]\n" +
                 bench.backend("b") + bench.backend("c", "tag = \"c\"\n"));
  bench.start();
  const Realm there = *config.realm("r");
  for (int i = 0; i < 3; ++i) {
    CHECK(guess(there, "bob", std::to_string(i), "192.0.2.1").code() == DecisionCode::denied);
  }
  CHECK(guess(*config.realm("s"), "bob", "right", "192.0.2.1").granted());
  CHECK(guess(there, "bob", "4", "192.0.2.1").code() == DecisionCode::throttled);
  bench.runtime->clear_throttle("bob");
  CHECK(guess(there, "bob", "right", "192.0.2.1").granted());
}

TEST_CASE("a grant past its time counts while its backend is down, if the configuration says so, and not for ever") {
  const std::array<yard::Pipe, 2> gates;  // closed when no worker waits there any more
  Bench bench;
  for (const bool stale : {false, true}) {
    const yard::Pipe& gate = gates[stale ? 1 : 0];
    const std::string settings =
        "[cache]\nttl = \"50ms\"\njitter = \"0s\"\n" + std::string(stale ? "stale_if_unavailable = \"1h\"\n" : "");
    const std::string name = stale ? "late" : "never";
    const Config config =
        bench.load(settings + "[realms.r]\nchain = [\"" + name + "\"]\n" +
                   bench.backend(name, line("gate", gate.reads()) + "workers = 1\ntimeout = \"40ms\"\n"));
    bench.start();
    const Realm realm = *config.realm();
    CHECK(ask(realm, "bob").granted());
    // Until its only worker is stuck: one that is slow to come lets the time of a question pass in the queue.
    const auto stuck = [&] {
      const auto backends = bench.runtime->metrics().backends;
      return std::any_of(backends.begin(), backends.end(),
                         [&](const auto& backend) { return backend.backend == name && backend.stuck > 0; });
    };
    for (int i = 0; i < 100 && !stuck(); ++i) CHECK(ask(realm, "wait").reason() == gatehouse::Reason::timeout);
    REQUIRE(stuck());
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (realm.try_decide(right("bob")) && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    const Decision later = ask(realm, "bob");
    CHECK(later.granted() == stale);
    if (!stale) CHECK(later.reason() == gatehouse::Reason::overload);
    CHECK_FALSE(ask(realm, "bob", "wrong").granted());
    CHECK_FALSE(ask(realm, "alice").granted());
    gate.put(1);
  }
}

}  // namespace
