// SPDX-License-Identifier: Apache-2.0
// A caller may leave at any point. Its callback never comes after that, and nobody else notices.
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench.hpp"

namespace {

using namespace bench;

struct Scene {
  Scene()
      : realm(bench.serve(line("gate", gate.reads()) + line("events", letters.fd()) + "workers = 1\nqueue = 2\n")) {}
  [[nodiscard]] Ticket send(std::string_view user) {
    return realm.decide_async(right(user), [this, user = std::string(user)](const Decision& decision) {
      came.push_back(user + ":" + std::string(to_string(decision.code())));
    });
  }
  yard::Pipe gate;  // first, so that they go last
  Letters letters;
  Bench bench;
  Realm realm;
  std::vector<std::string> came;
};

using Names = std::vector<std::string>;

TEST_CASE("cancelled while it runs: the worker comes back to nobody") {
  Scene scene;
  const Ticket ticket = scene.send("wait1");
  CHECK(ticket != Ticket::none);
  CHECK(scene.letters.wait('A'));
  scene.bench.runtime->cancel(ticket);
  scene.gate.put();
  static_cast<void>(scene.send("bob"));
  CHECK(scene.bench.dispatch_until([&] { return !scene.came.empty(); }));
  CHECK(scene.came == Names{"bob:granted"});
  CHECK_FALSE(scene.realm.try_decide(right("wait1")));  // nobody waited: nothing is remembered
}

TEST_CASE("cancelled in the queue: it never reaches the plugin, and its place is free at once") {
  Scene scene;
  static_cast<void>(scene.send("wait1"));
  CHECK(scene.letters.wait('A'));
  const Ticket second = scene.send("second");
  const Ticket third = scene.send("third");
  for (int i = 0; i < 20; ++i) {
    scene.bench.runtime->cancel(i % 2 == 0 ? second : third);  // twice and more is the same as once
    const Ticket passing = scene.send("passing");
    scene.bench.runtime->cancel(passing);
  }
  static_cast<void>(scene.send("bob"));
  scene.gate.put();
  CHECK(scene.bench.dispatch_until([&] { return scene.came.size() == 2; }));
  CHECK(scene.came == Names{"wait1:granted", "bob:granted"});
  CHECK(scene.letters.wait('A'));
  CHECK(scene.letters.seen('A') == 2);
}

TEST_CASE("cancelled when the answer is there and not yet dispatched") {
  Scene scene;
  const Ticket ticket = scene.send("bob");
  static_cast<void>(scene.send("alice"));
  CHECK(scene.letters.wait('A'));
  CHECK(scene.letters.wait('A'));  // one worker: bob's answer is complete before alice is asked
  scene.bench.runtime->cancel(ticket);
  CHECK(scene.bench.dispatch_until([&] { return !scene.came.empty(); }));
  CHECK(scene.came == Names{"alice:granted"});
}

TEST_CASE("cancelled from within a callback of the same round") {
  Scene scene;
  std::vector<Ticket> tickets;
  int called = 0;
  static_cast<void>(scene.send("wait1"));
  CHECK(scene.letters.wait('A'));
  // Answered without a backend: both are complete before anything is dispatched.
  for (int i = 0; i < 2; ++i) {
    tickets.push_back(scene.realm.decide_async(Request{}, [&](const Decision&) {
      ++called;
      for (const Ticket ticket : tickets) scene.bench.runtime->cancel(ticket);
    }));
  }
  scene.bench.runtime->dispatch();
  CHECK(called == 1);
  scene.gate.put();
  CHECK(scene.bench.dispatch_until([&] { return !scene.came.empty(); }));
}

TEST_CASE("cancelled while the chain moves on, while a refusal is held, and when it never existed") {
  Scene scene;
  static_cast<void>(ask(scene.realm, "bob", "wrong"));  // from now on there is a floor
  for (int i = 0; i < 200; ++i) {
    const std::string user = (i % 2 == 0 ? "unknown" : "u") + std::to_string(i);
    const Ticket ticket =
        scene.realm.decide_async(Request::with_password(user, "wrong"), [](const Decision&) { FAIL("cancelled"); });
    if (i % 3 == 0) std::this_thread::yield();
    scene.bench.runtime->cancel(ticket);
  }
  scene.bench.runtime->cancel(Ticket::none);
  scene.bench.runtime->cancel(Ticket{0xFFFFFFFFFFFFFFFF});
  static_cast<void>(scene.send("last"));
  CHECK(scene.bench.dispatch_until([&] { return !scene.came.empty(); }));
  CHECK(scene.came == Names{"last:granted"});
}

TEST_CASE("cancelled after its callback, and with the ticket of another engine") {
  Scene scene;
  const Ticket ticket = scene.send("bob");
  CHECK(scene.bench.dispatch_until([&] { return !scene.came.empty(); }));
  scene.bench.runtime->cancel(ticket);
  Scene other;
  other.bench.runtime->cancel(ticket);
  static_cast<void>(other.send("alice"));
  CHECK(other.bench.dispatch_until([&] { return !other.came.empty(); }));
  CHECK(scene.came == Names{"bob:granted"});
}

TEST_CASE("a callback that throws takes nobody else's answer with it") {
  Scene scene;
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(scene.realm.decide_async(Request{}, [&, i](const Decision&) {
      scene.came.push_back(std::to_string(i));
      throw std::runtime_error("host");
    }));
  }
  for (int i = 0; i < 3; ++i) CHECK_THROWS(scene.bench.runtime->dispatch());
  CHECK(scene.came == Names{"0", "1", "2"});
}

}  // namespace
