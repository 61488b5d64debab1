// SPDX-License-Identifier: Apache-2.0
#include "workers/background.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>

#include "latch.hpp"

namespace {

using gatehouse::detail::Background;
using gatehouse::detail::SteadyTime;
using gatehouse::test::Count;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds grace{10'000};
constexpr std::chrono::hours far{24};

TEST_CASE("with a thread: runs when it is due, what was asked for before start too") {
  Count runs;
  Background background([&] { runs.add(); });
  background.wake(steady_clock::now());
  background.start("b");
  CHECK(runs.wait(1));
  background.wake(steady_clock::now() + milliseconds(1));
  CHECK(runs.wait(2));
  CHECK(background.stop(grace));
  CHECK(runs.value() == 2);
  CHECK(background.stop(grace));
}

TEST_CASE("the last request counts, sooner or later") {
  Count runs;
  Background background([&] { runs.add(); });
  background.wake(steady_clock::now());
  background.wake(steady_clock::now() + far);
  background.start("b");
  CHECK(background.stop(grace));
  CHECK(runs.value() == 0);

  Background sooner([&] { runs.add(); });
  sooner.start("b");
  sooner.wake(steady_clock::now() + far);
  sooner.wake(steady_clock::now());
  CHECK(runs.wait(1));
  CHECK(sooner.stop(grace));
}

TEST_CASE("a request from within a run makes another run") {
  Count runs;
  Background* self = nullptr;
  Background background([&] {
    runs.add();
    if (runs.value() < 5) self->wake(steady_clock::now());
  });
  self = &background;
  background.start("b");
  background.wake(steady_clock::now());
  CHECK(runs.wait(5));
  CHECK(background.stop(grace));
  CHECK(runs.value() == 5);
}

TEST_CASE("stop waits for a run that is going on, but not for ever; what is left behind keeps what it uses") {
  const auto may_end = std::make_shared<Count>();
  const auto begun = std::make_shared<Count>();
  const auto ended = std::make_shared<Count>();
  auto background = std::make_unique<Background>([may_end, begun, ended] {
    begun->add();
    CHECK(may_end->wait());
    ended->add();
  });
  background->start("b");
  background->wake(steady_clock::now());
  CHECK(begun->wait());
  CHECK_FALSE(background->stop(milliseconds(1)));
  CHECK_FALSE(background->stop(milliseconds(1)));
  background.reset();
  may_end->add();
  CHECK(ended->wait());
}

TEST_CASE("without a thread: here and now, once it is due") {
  int runs = 0;
  Background* self = nullptr;
  SteadyTime now{std::chrono::hours(1)};
  Background background([&] {
    ++runs;
    self->run_if_due(now);  // never twice at once
    self->wake(now + milliseconds(5));
  });
  self = &background;
  background.run_if_due(now);
  CHECK(runs == 0);
  background.wake(now + milliseconds(10));
  background.run_if_due(now);
  CHECK(runs == 0);
  now += milliseconds(10);
  background.run_if_due(now);
  CHECK(runs == 1);
  background.run_if_due(now);
  CHECK(runs == 1);
  now += milliseconds(5);
  background.run_if_due(now);
  CHECK(runs == 2);
  CHECK(background.stop(grace));
}

}  // namespace
