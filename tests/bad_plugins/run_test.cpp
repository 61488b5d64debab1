// SPDX-License-Identifier: Apache-2.0
// Plugins that load and then break the contract. Nothing of what they say counts, and the log says why.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>

#include "yard.hpp"

namespace {

using gatehouse::Decision;
using gatehouse::DecisionCode;
using gatehouse::Reason;
using gatehouse::Request;

struct Case {
  const char* plugin;
  const char* user;
  const char* breach;  ///< what the log says
};

// clang-format off
constexpr Case liars[] = {
    {"out_of_range_verdict", "six", "answered with the number 6, which is no verdict"},
    {"out_of_range_verdict", "bob", "answered with the number 4294967295, which is no verdict"},
    {"grants_nobody", "bob", "granted without a subject"},
    {"odd_subject", "newline", "gave a subject that is empty, too long or not plain UTF-8"},
    {"odd_subject", "nul", "gave a subject that is empty, too long or not plain UTF-8"},
    {"odd_subject", "latin1", "gave a subject that is empty, too long or not plain UTF-8"},
    {"odd_subject", "delete", "gave a subject that is empty, too long or not plain UTF-8"},
    {"odd_subject", "empty", "gave a subject that is empty, too long or not plain UTF-8"},
    {"odd_subject", "null", "gave a subject that is empty, too long or not plain UTF-8"},
    {"odd_subject", "64KiB", "gave a subject that is empty, too long or not plain UTF-8"},
    {"odd_subject", "513", "gave a subject that is empty, too long or not plain UTF-8"},
    {"odd_subject", "says nothing", "granted without a subject"},
    {"odd_then_sound_subject", "bob", "gave a subject that is empty, too long or not plain UTF-8"},
    {"throws", "bob", "threw an exception in authenticate()"},
    {"throws", "number", "threw an exception in authenticate()"},
    {"challenges_with_nothing", "bob", "asked for a challenge and gave none"},
    {"odd_challenge", "state", "gave a challenge that breaks a limit"},
    {"odd_challenge", "size", "gave a challenge that breaks a limit"},
    {"odd_challenge", "kind", "gave a challenge that breaks a limit"},
    {"odd_challenge", "parameters", "gave a challenge that breaks a limit"},
    {"odd_challenge", "many", "gave a challenge that breaks a limit"},
    {"odd_challenge", "null", "gave a challenge that breaks a limit"},
    {"too_much", "groups", "gave too many groups"},
    {"too_much", "attributes", "gave too many attributes"},
    {"too_much", "bytes", "said more than 4194304 bytes in one call"},
    {"too_much", "group-control", "gave a group that is empty or not plain UTF-8"},
    {"too_much", "attribute-nul", "gave an attribute that is not plain UTF-8"},
    {"too_much", "attribute-noname", "gave an attribute that is not plain UTF-8"},
    {"too_much", "reason", "gave a reason that does not exist"},
};
// clang-format on

Decision ask(const yard::Loaded& loaded, std::string_view user) {
  return loaded.realm->decide(Request::with_password(user, "x"));
}

TEST_CASE("a plugin that lies is unavailable, by its own fault, and grants nobody") {
  for (const Case& c : liars) {
    CAPTURE(std::string(c.plugin));
    CAPTURE(std::string(c.user));
    const yard::Folder folder;
    const auto loaded = yard::open(folder.bring(c.plugin));
    REQUIRE(loaded.error == "");
    const Decision decision = ask(loaded, c.user);
    CHECK(decision.code() == DecisionCode::unavailable);
    CHECK(decision.reason() == Reason::plugin_fault);
    CHECK(decision.subject() == "");
    CHECK(decision.identity().groups.empty());
    CHECK(loaded.logged(std::string("broke its contract: it ") + c.breach));
    CHECK_FALSE(loaded.logged("hunter2"));
    CHECK_FALSE(loaded.realm->try_decide(Request::with_password(c.user, "x")));  // nothing was remembered
  }
}

TEST_CASE("calls that have ended, and made-up ones, change nothing") {
  const yard::Folder folder;
  const auto loaded = yard::open(folder.bring("late"));
  REQUIRE(loaded.error == "");
  for (int i = 0; i < 3; ++i) {
    const Decision decision = ask(loaded, "bob");
    CHECK(decision.code() == DecisionCode::unavailable);  // granted, but nobody was named for this call
    CHECK(decision.subject() == "");
  }
  CHECK(loaded.logged("used a call that had ended"));
}

#ifndef YARD_ISOLATES  // these hand the plugin a descriptor
TEST_CASE("what one caller's thread says of another's call is not heard") {
  const yard::Folder folder;
  const yard::Pipe gate;
  const yard::Pipe ready;
  const auto loaded = yard::open(
      folder.bring("mixes_up_callers"),
      "gate = " + std::to_string(gate.reads()) + "\nready = " + std::to_string(ready.writes()) + "\nworkers = 2\n");
  REQUIRE(loaded.error == "");
  Decision victim(nullptr);
  std::thread waiting([&] { victim = ask(loaded, "victim"); });
  CHECK(ready.take());
  const Decision other = ask(loaded, "mallory");
  gate.put();
  waiting.join();
  CHECK(other.code() == DecisionCode::unavailable);
  CHECK(victim.subject() == "victim");
  CHECK(victim.identity().groups.empty());
  CHECK(loaded.logged("answered a call from a thread that does not run it"));
}

TEST_CASE("a plugin past its deadline: the caller is answered on time, and a grant that comes later counts nothing") {
  const yard::Folder folder;
  const yard::Pipe gate;
  auto loaded = yard::open(folder.bring("stuck"),
                           "gate = " + std::to_string(gate.reads()) + "\nworkers = 1\ntimeout = \"50ms\"\n");
  REQUIRE(loaded.error == "");
  const auto began = std::chrono::steady_clock::now();
  const Decision first = ask(loaded, "bob");
  const auto took = std::chrono::steady_clock::now() - began;
  CHECK(first.code() == DecisionCode::unavailable);
  CHECK(first.reason() == Reason::timeout);
  CHECK(took >= std::chrono::milliseconds(50));
  CHECK(took < std::chrono::seconds(10));
  // The one worker is stuck: the next is told at once, without waiting for 50 ms.
  const Decision second = ask(loaded, "bob");
  CHECK(second.reason() == Reason::overload);
  CHECK(second.answer().steps.at(0).detail == "all its workers are stuck");

  // When it comes back, nothing of its late grant is kept, and the backend serves again.
  gate.put(64);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  Decision again = ask(loaded, "alice");
  while (!again.granted() && std::chrono::steady_clock::now() < until) again = ask(loaded, "alice");
  CHECK(again.subject() == "alice");
  CHECK_FALSE(loaded.realm->try_decide(Request::with_password("bob", "x")));
}

TEST_CASE("a plugin that never returns holds up neither its caller nor the end") {
  const yard::Folder folder;
  // Never closed: the threads that are left behind read it when everything else is over.
  static const auto* const left = new yard::Pipe;  // NOLINT(cppcoreguidelines-owning-memory)
  const yard::Pipe& gate = *left;
  const auto began = std::chrono::steady_clock::now();
  {
    auto loaded = yard::open(folder.bring("stuck"),
                             "gate = " + std::to_string(gate.reads()) + "\nworkers = 2\ntimeout = \"20ms\"\n");
    REQUIRE(loaded.error == "");
    CHECK(ask(loaded, "bob").reason() == Reason::timeout);
    CHECK(ask(loaded, "bob").reason() == Reason::timeout);
    CHECK(ask(loaded, "bob").reason() == Reason::overload);
    loaded.runtime->stop();
    CHECK(ask(loaded, "bob").reason() == Reason::not_started);
  }
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(20));
  gate.put(2);  // what was left behind comes back into an engine that has ended
}

#endif

TEST_CASE("config_error() while it serves is a log line") {
  const yard::Folder folder;
  const auto loaded = yard::open(folder.bring("complains_at_run_time"));
  REQUIRE(loaded.error == "");
  CHECK(ask(loaded, "bob").code() == DecisionCode::unavailable);
  CHECK(loaded.logged("b: file: is gone"));
}

TEST_CASE("of two subjects the last one counts") {
  const yard::Folder folder;
  const auto loaded = yard::open(folder.bring("names_twice"));
  REQUIRE(loaded.error == "");
  CHECK(ask(loaded, "bob").subject() == "bob");
}

TEST_CASE("an identity that has ended is no grant") {
  const yard::Folder folder;
  const auto loaded = yard::open(folder.bring("expired"));
  REQUIRE(loaded.error == "");
  for (const char* user : {"now", "bob"}) {
    const Decision decision = ask(loaded, user);
    CHECK(decision.code() == DecisionCode::denied);
    CHECK(decision.reason() == Reason::expired);
    CHECK(decision.subject() == "");
  }
}

TEST_CASE("times at the ends of the scale") {
  const yard::Folder folder;
  const auto loaded = yard::open(folder.bring("odd_times"));
  REQUIRE(loaded.error == "");
  CHECK(ask(loaded, "for-ever").granted());
  CHECK(loaded.realm->try_decide(Request::with_password("for-ever", "x")));
  CHECK(ask(loaded, "never").granted());
  CHECK_FALSE(loaded.realm->try_decide(Request::with_password("never", "x")));
}

TEST_CASE("a flood of log lines is bounded, each is one line, and the loss is said") {
  const yard::Folder folder;
  const auto loaded = yard::open(folder.bring("floods_the_log"));
  REQUIRE(loaded.error == "");
  CHECK(ask(loaded, "bob").code() == DecisionCode::denied);
  CHECK(loaded.log->size() <= 1100);
  CHECK(loaded.logged("b: line one\\x0aline two\\x1b[2J"));
  CHECK(loaded.logged("log lines were dropped: too many at once"));
  for (const std::string& line : *loaded.log) CHECK(line.find('\n') == std::string::npos);
}

}  // namespace
