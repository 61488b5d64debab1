// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <pool.hpp>
#include <thread>
#include <vector>

using namespace gatehouse::ldap;

namespace {

std::atomic<int> alive{0};
std::atomic<int> most_alive{0};

struct Fake {
  explicit Fake(Role role) : made_for(role) {
    const int now = ++alive;
    int seen = most_alive;
    while (now > seen && !most_alive.compare_exchange_weak(seen, now)) {
    }
  }
  ~Fake() { --alive; }
  Fake(const Fake&) = delete;
  Fake& operator=(const Fake&) = delete;
  Role made_for;
  int uses = 0;  // not atomic: one thread at a time, or ThreadSanitizer tells
};
using FakePool = Pool<Fake>;

bool always(const Fake&, Milliseconds) {
  return true;
}
const Milliseconds a_while{10'000};

}  // namespace

TEST_CASE("a connection that is kept is used again, for the same only") {
  FakePool pool(4);
  Fake* first = nullptr;
  {
    auto lease = pool.take(Role::search, Deadline(a_while), always);
    REQUIRE(lease);
    CHECK(lease->get() == nullptr);
    lease->put(std::make_unique<Fake>(Role::search));
    first = lease->get();
    lease->keep();
  }
  CHECK(pool.size() == 1);
  auto bind = pool.take(Role::bind, Deadline(a_while), always);
  CHECK(bind->get() == nullptr);
  auto search = pool.take(Role::search, Deadline(a_while), always);
  CHECK(search->get() == first);
}

TEST_CASE("what is not kept, or does not pass, is closed") {
  FakePool pool(4);
  pool.take(Role::search, Deadline(a_while), always)->put(std::make_unique<Fake>(Role::search));
  CHECK(pool.size() == 0);
  CHECK(alive == 0);
  for (int i = 0; i < 2; ++i) {
    auto lease = pool.take(Role::bind, Deadline(a_while), always);
    lease->put(std::make_unique<Fake>(Role::bind));
    lease->keep();
    if (i == 0) {
      auto other = pool.take(Role::bind, Deadline(a_while), always);
      other->put(std::make_unique<Fake>(Role::bind));
      other->keep();
    }
  }
  CHECK(alive == 2);
  CHECK(pool.take(Role::bind, Deadline(a_while), [](const Fake&, Milliseconds) { return false; })->get() == nullptr);
  CHECK(alive == 0);
  {
    auto lease = pool.take(Role::bind, Deadline(a_while), always);
    lease->put(std::make_unique<Fake>(Role::bind));
    lease->keep();
  }
  pool.trim([](const Fake&, Milliseconds) { return false; });
  CHECK(alive == 0);
  CHECK(pool.size() == 0);
}

TEST_CASE("never more than the limit: who finds none waits, up to a deadline") {
  FakePool pool(1);
  auto lease = pool.take(Role::search, Deadline(a_while), always);
  lease->put(std::make_unique<Fake>(Role::search));
  lease->keep();
  CHECK_FALSE(pool.take(Role::bind, Deadline(Milliseconds(5)), always));
  std::thread waiter([&] {
    // The one that waits for its next search makes room.
    const auto got = pool.take(Role::bind, Deadline(a_while), always);
    CHECK(got.has_value());
    CHECK(alive == 0);
  });
  lease.reset();
  waiter.join();
}

TEST_CASE("many threads: bounded, never two on one connection, never for another purpose") {
  constexpr std::size_t limit = 4;
  FakePool pool(limit);
  most_alive = 0;
  std::atomic<int> mixed{0};
  std::atomic<int> starved{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 12; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 300; ++i) {
          const Role role = (t + i) % 2 == 0 ? Role::search : Role::bind;
          auto lease = pool.take(role, Deadline(a_while), [](const Fake& one, Milliseconds) { return one.uses < 20; });
          if (!lease) {
            ++starved;
            continue;
          }
          if (lease->get() == nullptr) lease->put(std::make_unique<Fake>(role));
          if (lease->get()->made_for != role) ++mixed;
          ++lease->get()->uses;
          if (i % 7 != 0) lease->keep();
          if (i % 50 == 0) pool.trim([](const Fake& one, Milliseconds) { return one.uses < 10; });
        }
      });
    }
  }
  CHECK(mixed == 0);
  CHECK(starved == 0);
  CHECK(pool.size() <= limit);
  // A connection is closed after its place was given on: for a moment there may be one more for each thread.
  CHECK(most_alive <= static_cast<int>(limit) + 12);
}
