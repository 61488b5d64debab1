// SPDX-License-Identifier: Apache-2.0
#include "signals.hpp"

#include <doctest/doctest.h>
#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <string>

namespace {

/// What was called, in order.
class Calls {
 public:
  void add(char what) {
    const std::lock_guard lock(mutex_);
    calls_ += what;
    changed_.notify_all();
  }
  bool become(const std::string& expected) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return calls_ == expected; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string calls_;
};

}  // namespace

TEST_CASE("signals become calls, and those that came before the watch are kept") {
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  Calls calls;
  {
    auto signals = gatehouse::cli::Signals::hold();
    REQUIRE(signals);
    REQUIRE(kill(getpid(), SIGHUP) == 0);
    REQUIRE((*signals)->watch(
        {.end = [&] { calls.add('e'); }, .reload = [&] { calls.add('r'); }, .reopen = [&] { calls.add('o'); }}));
    CHECK(calls.become("r"));
    REQUIRE(kill(getpid(), SIGTERM) == 0);
    CHECK(calls.become("re"));
    REQUIRE(kill(getpid(), SIGINT) == 0);
    CHECK(calls.become("ree"));
    REQUIRE(kill(getpid(), SIGUSR1) == 0);
    CHECK(calls.become("reeo"));
    REQUIRE(kill(getpid(), SIGPIPE) == 0);  // ignored, or this program ends here
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  static_cast<void>(signal(SIGPIPE, SIG_DFL));
}

TEST_CASE("a watch that nobody signals ends") {
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  bool called = false;
  {
    auto signals = gatehouse::cli::Signals::hold();
    REQUIRE(signals);
    REQUIRE((*signals)->watch(
        {.end = [&] { called = true; }, .reload = [&] { called = true; }, .reopen = [&] { called = true; }}));
  }
  CHECK_FALSE(called);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  static_cast<void>(signal(SIGPIPE, SIG_DFL));
}
