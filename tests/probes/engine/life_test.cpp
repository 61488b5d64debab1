// SPDX-License-Identifier: Apache-2.0
// What begins also ends, once: instances, background work, snapshots, and requests that are in flight at the end.
#include <doctest/doctest.h>

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bench.hpp"

namespace {

using namespace bench;

TEST_CASE("background work runs when asked for, again and again, and not after stop") {
  Letters letters;
  Bench bench;
  const Realm realm = bench.serve(line("events", letters.fd()) + "wake = \"1ms\"\n");
  for (int i = 0; i < 3; ++i) CHECK(letters.wait('B'));
  bench.runtime->stop();
  CHECK(letters.wait('T'));
  // Another engine's background runs as often again; the stopped one sends nothing in that time.
  Letters others;
  Bench other;
  const Realm second = other.serve(line("events", others.fd()) + "wake = \"1ms\"\n");
  for (int i = 0; i < 5; ++i) CHECK(others.wait('B'));
  const char end = 'E';
  CHECK(write(letters.fd(), &end, 1) == 1);
  const int before = letters.seen('B');
  CHECK(letters.wait('E'));
  CHECK(letters.seen('B') == before);
}

TEST_CASE("before start nothing runs, and nothing is answered") {
  Bench bench;
  const Tally tally(bench.folder);
  const Config config =
      bench.load("[realms.r]\nchain = [\"b\"]\n" + bench.backend("b", line("events", tally.fd()) + "wake = \"1ms\"\n"));
  CHECK(bench.runtime->fd() == -1);
  const Decision decision = ask(*config.realm(), "bob");
  CHECK(decision.code() == DecisionCode::unavailable);
  CHECK(decision.reason() == Reason::not_started);
  CHECK(tally.all() == "C");
}

TEST_CASE("equal definitions share one instance; another value makes another") {
  Bench bench;
  const Tally tally(bench.folder);
  const auto text = [&](const char* tag) {
    return "[realms.r]\nchain = [\"b\"]\n" + bench.backend("b", line("events", tally.fd()) + "tag = \"" + tag + "\"\n");
  };
  {
    const Config first = bench.load(text("x"));
    const Config second = bench.load(text("x"));
    CHECK(first.id() != second.id());
    CHECK(tally.all() == "C");
    bench.start();
    const Config third = bench.load(text("x"));
    CHECK(tally.all() == "CS");
    CHECK(ask(*first.realm(), "bob").granted());
    CHECK(ask(*third.realm(), "bob").cached());  // a reload keeps what is remembered
    const Config fourth = bench.load(text("y"));
    CHECK(tally.count('C') == 2);
    CHECK(tally.count('S') == 2);
  }
  bench.runtime.reset();
  CHECK(tally.count('T') == 2);
  CHECK(tally.count('D') == 2);
}

TEST_CASE("an instance that is made anew does not inherit what an ended one vouched for") {
  Bench bench;
  const Tally tally(bench.folder);
  const std::string text = "[realms.r]\nchain = [\"b\"]\n" + bench.backend("b", line("events", tally.fd()));
  bench.start();
  {
    const Config first = bench.load(text);
    CHECK(ask(*first.realm(), "bob").granted());
    CHECK(first.realm()->try_decide(right("bob")));
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (tally.count('D') == 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  const Config second = bench.load(text);
  CHECK(tally.count('C') == 2);
  CHECK_FALSE(second.realm()->try_decide(right("bob")));
}

TEST_CASE("a broken new configuration leaves the old one serving, and nothing behind") {
  Bench bench;
  const Tally tally(bench.folder);
  const Realm realm = bench.serve(line("events", tally.fd()));
  gatehouse::ConfigSource source;
  source.text = "[realms.r]\nchain = [\"b\", \"c\"]\nsubjects = \"shared\"\n" +
                bench.backend("b", line("events", tally.fd()) + "tag = \"new\"\n") +
                bench.backend("c", "gate = \"x\"\n");
  CHECK_FALSE(bench.runtime->load(source).ok());
  CHECK(ask(realm, "bob").granted());
  CHECK(bench.runtime->load(source).error().message.find("backends.c.gate") != std::string::npos);
  bench.runtime->stop();  // waits for what ends in the background
  CHECK(tally.count('C') == tally.count('D') + 1);
  CHECK(tally.count('S') == 1);
}

TEST_CASE("a hundred reloads under load: one snapshot per request, every instance ended once") {
  struct Current {
    Realm realm;
    std::string tag;
  };
  Bench bench;
  const Tally tally(bench.folder);
  const auto load = [&](int generation) {
    const std::string tag = "g" + std::to_string(generation);
    const Config config = bench.load("[realms.r]\nchain = [\"b\"]\n" +
                                     bench.backend("b", line("events", tally.fd()) + "tag = \"" + tag + "\"\n"));
    return Current{*config.realm(), tag};
  };
  {
    bench.start();
    std::mutex mutex;
    Current current = load(0);
    std::atomic<bool> over{false};
    std::atomic<int> wrong{0};
    std::atomic<int> asked{0};
    std::vector<std::thread> hammers;
    for (int h = 0; h < 3; ++h) {
      hammers.emplace_back([&, h] {
        for (int i = 0; !over; ++i) {
          const Current mine = [&] {
            const std::lock_guard lock(mutex);
            return current;
          }();
          const std::string user = "user" + std::to_string(h) + "-" + std::to_string(i % 5);
          const Decision decision = ask(mine.realm, user);
          if (!decision.granted() || decision.subject() != user ||
              decision.identity().groups != std::vector<std::string>{mine.tag}) {
            ++wrong;
          }
          ++asked;
        }
      });
    }
    for (int generation = 1; generation <= 100; ++generation) {
      Current next = load(generation);
      const std::lock_guard lock(mutex);
      current = std::move(next);
    }
    over = true;
    for (std::thread& hammer : hammers) hammer.join();
    CHECK(wrong == 0);
    CHECK(asked > 0);
  }
  bench.runtime.reset();
  CHECK(tally.count('C') == 101);
  CHECK(tally.count('S') == 101);
  CHECK(tally.count('T') == 101);
  CHECK(tally.count('D') == 101);
}

TEST_CASE("stop with requests in flight: who blocks is released, no callback comes, every instance ends once") {
  const yard::Pipe gate;
  Letters letters;
  Bench bench;
  const Tally tally(bench.folder);
  {
    const Config config =
        bench.load("[realms.r]\nchain = [\"b\"]\n[realms.other]\nchain = [\"o\"]\n" +
                   bench.backend("b", line("gate", gate.reads()) + line("events", letters.fd()) + "workers = 1\n") +
                   bench.backend("o", line("events", tally.fd())));
    bench.start();
    const Realm realm = *config.realm("r");
    int called = 0;
    static_cast<void>(realm.decide_async(right("wait-running"), [&](const Decision&) { ++called; }));
    CHECK(letters.wait('A'));
    static_cast<void>(realm.decide_async(right("wait-queued"), [&](const Decision&) { ++called; }));
    static_cast<void>(config.realm("other")->decide_async(right("finished"), [&](const Decision&) { ++called; }));
    std::vector<std::thread> blocked;
    std::atomic<int> released{0};
    for (int i = 0; i < 3; ++i) {
      blocked.emplace_back([&] {
        const Decision decision = ask(realm, "wait-blocked");
        CHECK(decision.code() == DecisionCode::unavailable);
        CHECK(decision.reason() == Reason::not_started);
        if (++released == 3) gate.put(1);  // lets the one that runs come back while stop() waits for it
      });
    }
    bench.runtime->stop();
    for (std::thread& thread : blocked) thread.join();
    bench.runtime->dispatch();
    CHECK(called == 0);
    CHECK(letters.wait('T'));
    CHECK(letters.seen('A') == 1);
  }
  bench.runtime.reset();
  CHECK(tally.count('C') == 1);
  CHECK(tally.count('T') == 1);
  CHECK(tally.count('D') == 1);
}

TEST_CASE("handles outlive the engine and answer no more") {
  std::optional<Realm> realm;
  Bench bench;
  realm = bench.serve("");
  CHECK(ask(*realm, "bob").granted());
  bench.runtime.reset();
  CHECK(ask(*realm, "bob").reason() == Reason::not_started);
  CHECK(realm->try_decide(right("bob"))->reason() == Reason::not_started);
  static_cast<void>(realm->decide_async(right("bob"), [](const Decision&) { FAIL("nobody dispatches"); }));
  realm.reset();
}

}  // namespace
