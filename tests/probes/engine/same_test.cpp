// SPDX-License-Identifier: Apache-2.0
// Equal questions at the same time are one question to the backend; others do not notice.
#include <doctest/doctest.h>

#include <optional>
#include <vector>

#include "bench.hpp"

namespace {

using namespace bench;

/// Callers who wait, and their answers.
struct Crowd {
  explicit Crowd(Bench& host, Realm to) : bench(host), realm(std::move(to)) {}
  void ask(std::string_view user, std::string_view password = "right", int times = 1) {
    for (int i = 0; i < times; ++i) {
      const std::size_t place = answers.size();
      answers.emplace_back();
      tickets.push_back(realm.decide_async(Request::with_password(user, password),
                                           [this, place](Decision decision) { answers[place] = std::move(decision); }));
    }
  }
  [[nodiscard]] bool all_answered(std::size_t from = 0) {
    return bench.dispatch_until([&] {
      for (std::size_t i = from; i < answers.size(); ++i) {
        if (!answers[i]) return false;
      }
      return true;
    });
  }
  Bench& bench;
  Realm realm;
  std::vector<std::optional<Decision>> answers;
  std::vector<Ticket> tickets;
};

TEST_CASE("twenty at once cost one call, and each gets the answer") {
  const yard::Pipe gate;
  Letters letters;
  Bench bench;
  Crowd crowd(bench,
              bench.serve(line("gate", gate.reads()) + line("events", letters.fd()) + "workers = 4\nqueue = 8\n"));
  crowd.ask("wait1", "right", 20);
  CHECK(letters.wait('A'));
  gate.put(1);
  CHECK(crowd.all_answered());
  for (const auto& answer : crowd.answers) CHECK(answer->granted());
  CHECK(ask(crowd.realm, "alice").granted());
  CHECK(letters.wait('A'));
  CHECK(letters.seen('A') == 2);
}

TEST_CASE("a wrong one is wrong for all of them, and counts once") {
  const yard::Pipe gate;
  Letters letters;
  Bench bench;
  Crowd crowd(bench, bench.serve(line("gate", gate.reads()) + line("events", letters.fd()) + "workers = 2\n"));
  crowd.ask("wait1", "wrong", 20);
  CHECK(letters.wait('A'));
  gate.put(1);
  CHECK(crowd.all_answered());
  for (const auto& answer : crowd.answers) CHECK(answer->code() == DecisionCode::denied);
  // Remembered: the same again is neither asked nor counted. Another is.
  for (int i = 0; i < 200; ++i) CHECK(ask(crowd.realm, "wait1", "wrong").code() == DecisionCode::denied);
  CHECK(ask(crowd.realm, "alice").granted());
  CHECK(letters.wait('A'));
  CHECK(letters.seen('A') == 2);
}

TEST_CASE("a slow question delays no other, not even of the same user") {
  const yard::Pipe gate;
  Bench bench;
  Crowd crowd(bench, bench.serve(line("gate", gate.reads()) + "workers = 3\n"));
  crowd.ask("wait1", "right", 10);
  crowd.ask("wait1", "wrong", 10);
  CHECK(ask(crowd.realm, "alice").granted());
  CHECK(ask(crowd.realm, "alice", "wrong").code() == DecisionCode::denied);
  for (const auto& answer : crowd.answers) CHECK_FALSE(answer);
  gate.put(2);
  CHECK(crowd.all_answered());
  for (std::size_t i = 0; i < 20; ++i) CHECK(crowd.answers[i]->granted() == (i < 10));
}

TEST_CASE("who leaves takes nobody along, not even who came first; the last one takes the work") {
  const yard::Pipe gate;
  Letters letters;
  Bench bench;
  Crowd crowd(bench, bench.serve(line("gate", gate.reads()) + line("events", letters.fd()) + "workers = 1\n"));
  crowd.ask("wait1", "right", 5);
  crowd.ask("queued", "right", 3);
  CHECK(letters.wait('A'));
  for (const std::size_t place : {0U, 2U, 5U, 6U, 7U}) bench.runtime->cancel(crowd.tickets[place]);
  gate.put(1);
  CHECK(bench.dispatch_until([&] { return crowd.answers[1] && crowd.answers[3] && crowd.answers[4]; }));
  for (const std::size_t place : {1U, 3U, 4U}) CHECK(crowd.answers[place]->granted());
  CHECK_FALSE(crowd.answers[0]);
  CHECK_FALSE(crowd.answers[2]);
  CHECK(ask(crowd.realm, "alice").granted());
  CHECK(letters.wait('A'));
  CHECK(letters.seen('A') == 2);  // nobody asked about "queued" any more
}

TEST_CASE("an answer that is good for one caller only is asked for by each") {
  const yard::Pipe gate;
  Letters letters;
  Bench bench;
  Crowd crowd(bench, bench.serve(line("gate", gate.reads()) + line("events", letters.fd()) + "workers = 2\n"));
  crowd.ask("wait-once", "right", 5);
  CHECK(letters.wait('A'));
  gate.put(5);
  CHECK(crowd.all_answered());
  for (const auto& answer : crowd.answers) CHECK(answer->granted());
  CHECK(ask(crowd.realm, "bob").granted());
  for (int i = 0; i < 5; ++i) CHECK(letters.wait('A'));
  CHECK(letters.seen('A') == 6);
}

TEST_CASE("who asks after a flush does not get the answer to a question from before it") {
  const yard::Pipe gate;
  Letters letters;
  Bench bench;
  Crowd crowd(bench, bench.serve(line("gate", gate.reads()) + line("events", letters.fd()) + "workers = 2\n"));
  crowd.ask("wait1");
  CHECK(letters.wait('A'));
  bench.runtime->flush_cache();
  crowd.ask("wait1");
  CHECK(letters.wait('A'));
  gate.put(2);
  CHECK(crowd.all_answered());
}

TEST_CASE("the engine ends while many sit in one flight: nobody is called, nothing is left") {
  const yard::Pipe gate;
  Letters letters;
  Bench bench;
  Crowd crowd(bench, bench.serve(line("gate", gate.reads()) + line("events", letters.fd()) + "workers = 1\n"));
  crowd.ask("wait1", "right", 5);
  crowd.ask("wait2", "right", 5);
  CHECK(letters.wait('A'));
  gate.put(2);
  bench.runtime->stop();
  bench.runtime->dispatch();
  for (std::size_t i = 5; i < 10; ++i) CHECK_FALSE(crowd.answers[i]);
}

}  // namespace
