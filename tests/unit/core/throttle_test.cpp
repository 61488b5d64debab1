// SPDX-License-Identifier: Apache-2.0
#include "region/throttle.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "engine_support.hpp"
#include "region/memory.hpp"
#include "region/source_network.hpp"

namespace {

using gatehouse::config::ThrottleSettings;
using gatehouse::detail::Memory;
using gatehouse::detail::Region;
using gatehouse::detail::source_network;
using gatehouse::detail::Throttle;
using gatehouse::test::FakeClock;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct Scene {
  explicit Scene(std::shared_ptr<Region> region = Region::own(0)) : memory(std::move(region), clock) {}
  Throttle::Wait guess(std::string_view subject, std::string_view network) {
    Throttle::Charge charge;
    return take(charge, subject, network);
  }
  Throttle::Wait take(Throttle::Charge& charge, std::string_view subject, std::string_view network) {
    return memory.throttle.take_typed(charge, memory.throttle.account(subject), memory.throttle.source(network),
                                      settings);
  }
  int guesses(std::string_view subject, std::string_view network, int most = 1000) {
    int taken = 0;
    while (taken < most && !guess(subject, network)) ++taken;
    return taken;
  }
  /// A right guess. False: it is not let in.
  bool login(std::string_view subject, std::string_view network) {
    Throttle::Charge charge;
    if (take(charge, subject, network)) return false;
    if (memory.throttle.take_claimed(charge, memory.throttle.account(subject), memory.throttle.source(network),
                                     settings)) {
      return false;
    }
    memory.throttle.succeeded(charge, memory.throttle.source(network), settings);
    return true;
  }
  Throttle::Wait from(std::string_view network, std::string_view user = {}) {
    return memory.throttle.take_source(memory.throttle.source(network), memory.throttle.account(user), settings);
  }
  std::string network(int number) { return "network " + std::to_string(number); }

  FakeClock clock;
  Memory memory;
  ThrottleSettings settings;
};

TEST_CASE("one account from one network: so many at once, then one for each interval; elsewhere it is another count") {
  Scene s;
  s.settings.failures = 5;
  CHECK(s.guesses("bob", "a") == 5);
  CHECK(*s.guess("bob", "a") == seconds(30));
  CHECK(s.guesses("bob", "b") == 5);
  CHECK(s.guesses("alice", "a") == 5);
  s.clock.advance(seconds(29));
  CHECK(*s.guess("bob", "a") == seconds(1));
  s.clock.advance(seconds(1));
  CHECK(s.guesses("bob", "a") == 1);
  s.clock.advance(hours(1));
  CHECK(s.guesses("bob", "a") == 5);
}

TEST_CASE("spellings that differ by case share a count") {
  Scene s;
  s.settings.failures = 5;
  CHECK(s.guesses("bob", "a", 3) == 3);
  CHECK(s.guesses("BOB", "a") == 2);
  CHECK(s.guess("bOb", "a"));
}

TEST_CASE("the wall clock says nothing about it") {
  Scene s;
  s.settings.failures = 1;
  CHECK(s.guesses("bob", "a") == 1);
  s.clock.step_wall(hours(1000));
  CHECK(s.guess("bob", "a"));
  s.clock.step_wall(-hours(3000));
  CHECK(s.guess("bob", "a"));
}

TEST_CASE("an account is open from everywhere a hundred times in a row, then once a minute and where it is known") {
  Scene s;
  s.settings.failures = 0;
  CHECK(s.login("bob", "home"));
  int taken = 0;
  for (int i = 0; i < 500; ++i) taken += s.guess("bob", s.network(i)) ? 0 : 1;
  CHECK(taken == 100);
  CHECK(*s.guess("bob", "anywhere") == seconds(60));
  CHECK_FALSE(s.guess("bob", "home"));
  s.clock.advance(seconds(60));
  taken = 0;
  for (int i = 0; i < 500; ++i) taken += s.guess("bob", s.network(1000 + i)) ? 0 : 1;
  CHECK(taken == 1);
  CHECK_FALSE(s.guess("bob", "home"));
  CHECK_FALSE(s.guess("alice", "anywhere"));
}

TEST_CASE("a network is known to be good for thirty days") {
  Scene s;
  s.settings.subject_failures = 1;
  s.settings.failures = 0;
  CHECK(s.login("bob", "home"));
  s.clock.advance(hours(24 * 30 - 1));
  CHECK_FALSE(s.guess("bob", "x"));
  CHECK(s.guess("bob", "x"));
  CHECK_FALSE(s.guess("bob", "home"));
  s.clock.advance(hours(2));
  CHECK_FALSE(s.guess("bob", "x"));
  CHECK(s.guess("bob", "home"));
}

TEST_CASE("a success forgives what was wrong from there, and nothing else") {
  Scene s;
  s.settings.failures = 10;
  s.settings.subject_failures = 15;
  for (int i = 0; i < 9; ++i) CHECK_FALSE(s.guess("bob", "evil"));
  for (int i = 0; i < 4; ++i) CHECK_FALSE(s.guess("bob", "home"));
  CHECK(s.login("bob", "home"));
  CHECK(s.guesses("bob", "home") == 10);
  CHECK(s.guesses("bob", "evil") == 0);  // 9 + 10 are more than 15, and evil is not known
  // Somebody else's success, from the same network, does not help.
  CHECK(s.login("mallory", "evil"));
  CHECK(s.guesses("bob", "evil") == 0);
}

TEST_CASE("what is given back was no guess") {
  Scene s;
  s.settings.failures = 3;
  for (int i = 0; i < 50; ++i) {
    Throttle::Charge charge;
    CHECK_FALSE(s.take(charge, "bob", "a"));
    s.memory.throttle.give_back(charge, s.memory.throttle.source("a"), s.settings);
    s.memory.throttle.give_back(charge, s.memory.throttle.source("a"), s.settings);  // once is enough
  }
  CHECK(s.guesses("bob", "a") == 3);
}

TEST_CASE("a thousand at once are not more than one after the other, in two processes") {
  const auto region = Region::own(0);
  Scene here(region);
  Scene there(region);
  for (Scene* s : {&here, &there}) {
    s->settings.failures = 20;
    s->settings.subject_failures = 30;
  }
  std::atomic<int> same{0};
  std::atomic<int> many{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      Scene& s = t % 2 == 0 ? here : there;
      for (int i = 0; i < 125; ++i) {
        if (!s.guess("bob", "a")) ++same;
        if (!s.guess("carl", s.network(t * 1000 + i))) ++many;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(same == 20);
  CHECK(many == 30);
}

TEST_CASE("a flood of names and of networks makes nobody's count forgotten") {
  Scene s;
  CHECK(s.guesses("bob", "evil") == 20);
  for (int i = 0; i < 200'000; ++i) static_cast<void>(s.guess("name " + std::to_string(i), s.network(i)));
  CHECK(s.guess("bob", "evil"));
  // Over a week, a few each day, with a flood after each: not more than in a row.
  Scene slow;
  slow.settings.failures = 0;
  int taken = 0;
  for (int round = 0; round < 60; ++round) {
    taken += slow.guesses("bob", "evil " + std::to_string(round), 5);
    for (int i = 0; i < 5'000; ++i) {
      static_cast<void>(slow.guess("name " + std::to_string(round * 10'000 + i), "flood"));
    }
  }
  CHECK(taken <= 101);
}

TEST_CASE("where somebody is known to be good survives another's many networks") {
  Scene s(Region::own(std::size_t{32} << 20U));  // large: seldom do the two share a set of places
  s.settings.failures = 0;
  s.settings.subject_failures = 1;
  CHECK(s.login("bob", "home"));
  for (int i = 0; i < 100'000; ++i) CHECK(s.login("mallory", s.network(i)));
  static_cast<void>(s.guess("bob", "x"));
  static_cast<void>(s.guess("bob", "x"));
  CHECK(s.guess("bob", "x"));
  // It is mallory's own set of places that is full; that of others only if theirs is the same one.
  CHECK_FALSE(s.guess("bob", "home"));
}

TEST_CASE("sources: a network has its own limit, and successes do not clear it") {
  Scene s;
  s.settings.source_failures = 10;
  int taken = 0;
  for (int i = 0; i < 100; ++i) taken += s.from("nat") ? 0 : 1;
  CHECK(taken == 10);
  CHECK(s.login("mallory", "nat"));
  CHECK(*s.from("nat") == seconds(3));
  CHECK(*s.from("nat", "mallory") == seconds(3));  // nor is who is known there let through
  CHECK_FALSE(s.from("other"));
  CHECK_FALSE(s.from(""));
}

TEST_CASE("the largest limit over the longest interval does not begin anew") {
  Scene s;
  s.settings.source_failures = 1'000'000;
  s.settings.source_failures_every = hours(1);
  int taken = 0;
  while (taken < 200'000 && !s.from("nat")) ++taken;
  CHECK(taken == 27'777);
}

TEST_CASE("who is told to wait can be listed, and forgiven") {
  Scene s;
  s.settings.failures = 1;
  const auto bob = s.memory.throttle.account("bob").counted;
  const auto from = s.memory.throttle.source("a");
  CHECK(s.guesses("bob", "a") == 1);
  CHECK(s.guesses("alice", "a") == 1);
  s.memory.throttle.notices.put({bob, from, "bob", "a"}, s.clock.steady() + seconds(30));
  const auto listed = s.memory.throttle.notices.list(s.clock.steady());
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].subject == "bob");
  CHECK(listed[0].source == "a");
  CHECK(listed[0].remaining == seconds(30));
  s.memory.throttle.clear("bob");
  CHECK(s.memory.throttle.notices.list(s.clock.steady()).empty());
  CHECK(s.guesses("bob", "a") == 1);
  CHECK(s.guesses("alice", "a") == 0);
  s.memory.throttle.clear();
  CHECK(s.guesses("alice", "a") == 1);
  s.memory.throttle.notices.put({bob, from, "bob", "a"}, s.clock.steady() + seconds(30));
  s.clock.advance(seconds(30));
  CHECK(s.memory.throttle.notices.list(s.clock.steady()).empty());
}

TEST_CASE(
    "what is counted for a subject is forgiven whole: from networks that nobody listed, known ones, any spelling") {
  Scene s;
  s.settings.failures = 3;
  s.settings.subject_failures = 100;
  CHECK(s.login("bob", "home"));
  for (const char* network : {"home", "a", "b"}) CHECK(s.guesses("bob", network) == 3);
  for (int i = 0; i < 200; ++i) static_cast<void>(s.guess("bob", s.network(i)));
  CHECK(s.guesses("alice", "a") == 3);
  CHECK(s.guesses("bob", "elsewhere") == 0);
  s.memory.throttle.clear("BOB");
  for (const char* network : {"home", "a", "b", "elsewhere"}) {
    CAPTURE(network);
    CHECK(s.guesses("bob", network) == 3);
  }
  CHECK(s.guesses("alice", "a") == 0);
}

TEST_CASE("a flood that fills every place neither counts for who is known nor pushes them out") {
  Scene s;
  s.settings.failures = 2;
  s.settings.source_failures = 2;
  s.settings.subject_failures = 10;
  CHECK(s.login("bob", "home"));
  CHECK(s.login("Carl", "home of Carl"));
  for (int i = 0; i < 40'000; ++i) {
    static_cast<void>(s.from(s.network(i)));
    static_cast<void>(s.from(s.network(i)));
    static_cast<void>(s.guess("name " + std::to_string(i), s.network(i)));
    static_cast<void>(s.guess("name " + std::to_string(i), s.network(i)));
  }
  // Of a newcomer it is not known that they are none of the flood.
  CHECK(s.from("new"));
  CHECK(s.guess("dora", "new"));
  CHECK_FALSE(s.from("home", "bob"));
  CHECK_FALSE(s.from("home of Carl", "carl"));
  for (int i = 0; i < 20; ++i) {
    CHECK(s.login("bob", "home"));
    CHECK(s.login("Carl", "home of Carl"));
  }
  CHECK(s.guesses("bob", "home") == 2);
}

TEST_CASE("who logs in from everywhere takes the place of no other account, in a set that all share") {
  std::vector<gatehouse::detail::Word> words(16);
  gatehouse::detail::KnownNetworks known(words);
  const auto account = [](std::uint64_t number) { return number << 48U | 1U; };
  for (std::uint64_t person = 1; person <= 4; ++person) known.remember(account(person), 7, 100);
  known.remember(account(4), 8, 101);
  for (std::uint64_t i = 0; i < 1'000; ++i) known.remember(account(9), 1'000 + i, 102 + static_cast<std::uint32_t>(i));
  for (std::uint64_t person = 1; person <= 4; ++person) CHECK(known.knows(account(person), 7, 1'200, 2'000));
  CHECK(known.knows(account(9), 1'999, 1'200, 2'000));
  CHECK(known.knows(account(9), 1'998, 1'200, 2'000));
  CHECK_FALSE(known.knows(account(9), 1'990, 1'200, 2'000));
  // Somebody new takes one of theirs.
  known.remember(account(10), 7, 1'200);
  for (const std::uint64_t person : {1U, 2U, 3U, 4U, 10U}) CHECK(known.knows(account(person), 7, 1'200, 2'000));
  CHECK_FALSE(known.knows(account(1), 7, 1'200, 1'000));
  CHECK_FALSE(known.knows(account(1), 8, 1'200, 2'000));
}

TEST_CASE("however small the region is, a thousand networks can be known") {
  Scene s;
  s.settings.failures = 0;
  s.settings.subject_failures = 1;
  constexpr int people = 500;
  const auto name = [](int i) { return "person " + std::to_string(i); };
  for (int i = 0; i < people; ++i) CHECK(s.login(name(i), "home"));
  int known = 0;
  for (int i = 0; i < people; ++i) {
    static_cast<void>(s.guess(name(i), "x"));
    known += s.guess(name(i), "home") ? 0 : 1;
  }
  CHECK(known >= people * 9 / 10);
}

TEST_CASE("networks: the usual prefixes, one form for each, and what is no address") {
  const auto usual = [](std::string_view address) { return source_network(address, {}); };
  CHECK(usual("192.0.2.7") == "192.0.2.7/32");
  CHECK(usual("192.0.2.7:4711") == "192.0.2.7/32");
  CHECK(usual("::ffff:192.0.2.7") == "192.0.2.7/32");
  CHECK(usual("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
  CHECK(usual("[2001:DB8:1:2::9]:443") == "2001:db8:1:2::/64");
  CHECK(usual("fe80::1%eth0") == "fe80::/64");
  CHECK(source_network("192.0.2.7", {.ipv4 = 24}) == "192.0.2.0/24");
  CHECK(source_network("192.0.2.255", {.ipv4 = 25}) == "192.0.2.128/25");
  CHECK(source_network("2001:db8::1", {.ipv6 = 128}) == "2001:db8::1/128");
  CHECK(usual("") == "");
  CHECK(usual("host.example") == "host.example");
  CHECK(usual(std::string(1000, 'x')).size() == 256);
}

}  // namespace
