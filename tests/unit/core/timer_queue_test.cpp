// SPDX-License-Identifier: Apache-2.0
#include "workers/timer_queue.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "latch.hpp"

namespace {

using gatehouse::detail::SteadyTime;
using gatehouse::detail::TimerQueue;
using gatehouse::test::Count;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

SteadyTime in(milliseconds time) {
  return steady_clock::now() + time;
}
constexpr std::chrono::hours far{24};

TEST_CASE("in the order of their times, whatever the order they were given in; never too early") {
  TimerQueue timers;
  timers.start();
  std::vector<int> order;  // on the timer thread only, until done
  Count done;
  const SteadyTime base = in(milliseconds(20));
  SteadyTime ran_at;
  timers.at(base + milliseconds(2), [&] { order.push_back(3), done.add(); });
  timers.at(base, [&] { order.push_back(1), ran_at = steady_clock::now(); });
  timers.at(base + milliseconds(1), [&] { order.push_back(2); });
  CHECK(done.wait());
  CHECK(order == std::vector{1, 2, 3});
  CHECK(ran_at >= base);
}

TEST_CASE("a sooner one overtakes a timer that is waited for; equal times keep their order") {
  TimerQueue timers;
  timers.start();
  Count done;
  timers.at(steady_clock::now() + far, [] { FAIL("far"); });
  std::vector<int> order;
  const SteadyTime now = steady_clock::now();
  for (int i = 0; i < 5; ++i) timers.at(now, [&, i] { order.push_back(i), done.add(); });
  CHECK(done.wait(5));
  CHECK(order == std::vector{0, 1, 2, 3, 4});
}

TEST_CASE("taken back, it does not run, and what it holds is let go") {
  TimerQueue timers;
  timers.start();
  const auto held = std::make_shared<int>(0);
  const auto id = timers.at(steady_clock::now() + far, [held] { FAIL("taken back"); });
  CHECK(held.use_count() == 2);
  timers.cancel(id);
  CHECK(held.use_count() == 1);
  timers.cancel(id);
  timers.cancel({});
  Count done;
  timers.at(steady_clock::now(), [&] { done.add(); });
  CHECK(done.wait());
}

TEST_CASE("an action may set and take back timers") {
  TimerQueue timers;
  timers.start();
  Count done;
  const auto far_away = timers.at(steady_clock::now() + far, [] { FAIL("taken back"); });
  timers.at(steady_clock::now(), [&] {
    timers.cancel(far_away);
    timers.at(steady_clock::now(), [&] { done.add(); });
  });
  CHECK(done.wait());
}

TEST_CASE("stop drops what waits; after it nothing is taken; it can start again") {
  TimerQueue timers;
  timers.start();
  const auto held = std::make_shared<int>(0);
  timers.at(steady_clock::now() + far, [held] { FAIL("dropped"); });
  timers.stop();
  CHECK(held.use_count() == 1);
  CHECK(timers.at(steady_clock::now(), [held] { FAIL("after stop"); }) == TimerQueue::Id{});
  CHECK(held.use_count() == 1);
  timers.stop();
  timers.start();
  Count done;
  timers.at(steady_clock::now(), [&] { done.add(); });
  CHECK(done.wait());
}

}  // namespace
