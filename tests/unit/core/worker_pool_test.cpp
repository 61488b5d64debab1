// SPDX-License-Identifier: Apache-2.0
#include "workers/worker_pool.hpp"

#include <doctest/doctest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "latch.hpp"

namespace {

using gatehouse::detail::Job;
using gatehouse::detail::Priority;
using gatehouse::detail::WorkerPool;
using gatehouse::test::Count;
using Submitted = WorkerPool::Submitted;
constexpr std::chrono::milliseconds grace{10'000};

class Work final : public Job {
 public:
  explicit Work(std::function<void(Work&)> body) : body_(std::move(body)) {}
  void run() noexcept override { body_(*this); }

 private:
  std::function<void(Work&)> body_;
};

std::shared_ptr<Work> work(std::function<void(Work&)> body) {
  return std::make_shared<Work>(std::move(body));
}

/// A job that says that it has begun and waits until it may end.
struct Stopper {
  std::shared_ptr<Work> job = work([this](Work&) {
    begun.add();
    CHECK(may_end.wait());
    ended.add();
  });
  Count begun;
  Count may_end;
  Count ended;
};

TEST_CASE("before start and after stop nothing is taken") {
  WorkerPool pool("p", 1, 4, Priority::normal);
  CHECK(pool.submit(work([](Work&) { FAIL("ran"); })) == Submitted::stopped);
  pool.start();
  Count ran;
  CHECK(pool.submit(work([&](Work&) { ran.add(); })) == Submitted::taken);
  CHECK(ran.wait());
  CHECK(pool.stop(grace));
  CHECK(pool.submit(work([](Work&) { FAIL("ran"); })) == Submitted::stopped);
  CHECK(pool.stop(grace));
}

TEST_CASE("a full queue says so at once; a place is free again when a job leaves it, either way") {
  WorkerPool pool("p", 1, 2, Priority::normal);
  pool.start();
  Stopper stopper;
  CHECK(pool.submit(stopper.job) == Submitted::taken);
  CHECK(stopper.begun.wait());
  Count ran;
  const auto first = work([&](Work&) { ran.add(); });
  const auto second = work([](Work&) { FAIL("it was abandoned"); });
  CHECK(pool.submit(first) == Submitted::taken);
  CHECK(pool.submit(second) == Submitted::taken);
  CHECK(pool.submit(work([](Work&) {})) == Submitted::full);
  CHECK(pool.abandon(*second));
  CHECK(second->abandoned());
  CHECK(second.use_count() == 1);  // the queue holds nothing of it any more
  CHECK_FALSE(pool.abandon(*second));
  const auto third = work([&](Work&) { ran.add(); });
  CHECK(pool.submit(third) == Submitted::taken);
  CHECK(pool.submit(work([](Work&) {})) == Submitted::full);
  stopper.may_end.add();
  CHECK(ran.wait(2));
  CHECK(pool.stop(grace));
}

TEST_CASE("abandoning a job that runs does not end it, and it can see it") {
  WorkerPool pool("p", 1, 1, Priority::normal);
  pool.start();
  Count begun;
  Count left;
  Count saw;
  const auto job = work([&](Work& self) {
    begun.add();
    CHECK(left.wait());
    if (self.abandoned()) saw.add();
  });
  CHECK(pool.submit(job) == Submitted::taken);
  CHECK(begun.wait());
  CHECK_FALSE(pool.abandon(*job));
  CHECK(pool.stuck() == 0);
  left.add();
  CHECK(saw.wait());
  CHECK(pool.stop(grace));
}

TEST_CASE("the breaker opens when every worker is stuck, and closes when one comes back") {
  WorkerPool pool("p", 2, 8, Priority::normal);
  pool.start();
  Stopper a;
  Stopper b;
  for (Stopper* s : {&a, &b}) {
    CHECK(pool.submit(s->job) == Submitted::taken);
    CHECK(s->begun.wait());
    pool.give_up(*s->job);
    pool.give_up(*s->job);  // counts once
  }
  CHECK(pool.stuck() == 2);
  CHECK(pool.submit(work([](Work&) {})) == Submitted::stuck);
  a.may_end.add();
  CHECK(a.ended.wait());
  Count ran;
  const auto until = std::chrono::steady_clock::now() + grace;
  while (pool.submit(work([&](Work&) { ran.add(); })) != Submitted::taken && std::chrono::steady_clock::now() < until) {
    continue;
  }
  CHECK(ran.wait());
  CHECK(pool.stuck() == 1);
  b.may_end.add();
  CHECK(pool.stop(grace));
  CHECK(pool.stuck() == 0);
}

TEST_CASE("giving up a job in the queue takes it out and counts nobody as stuck") {
  WorkerPool pool("p", 1, 1, Priority::normal);
  pool.start();
  Stopper stopper;
  CHECK(pool.submit(stopper.job) == Submitted::taken);
  CHECK(stopper.begun.wait());
  const auto queued = work([](Work&) { FAIL("given up"); });
  CHECK(pool.submit(queued) == Submitted::taken);
  pool.give_up(*queued);
  CHECK(pool.stuck() == 0);
  CHECK(queued.use_count() == 1);
  const auto never_taken = work([](Work&) {});
  pool.give_up(*never_taken);
  CHECK_FALSE(pool.abandon(*never_taken));
  stopper.may_end.add();
  CHECK(pool.stop(grace));
}

TEST_CASE("stop drops what is queued, and leaves a stuck thread behind without waiting longer than it should") {
  Stopper stopper;
  auto pool = std::make_unique<WorkerPool>("p", 1, 4, Priority::normal);
  pool->start();
  CHECK(pool->submit(stopper.job) == Submitted::taken);
  CHECK(stopper.begun.wait());
  const auto queued = work([](Work&) { FAIL("dropped"); });
  CHECK(pool->submit(queued) == Submitted::taken);
  CHECK_FALSE(pool->stop(std::chrono::milliseconds(1)));
  CHECK(queued.use_count() == 1);
  CHECK_FALSE(pool->abandon(*queued));
  pool.reset();
  const std::weak_ptr<Work> watched = std::exchange(stopper.job, nullptr);
  CHECK_FALSE(watched.expired());  // the thread that was left behind holds it
  stopper.may_end.add();
  CHECK(stopper.ended.wait());
  const auto until = std::chrono::steady_clock::now() + grace;
  while (!watched.expired() && std::chrono::steady_clock::now() < until) continue;
  CHECK(watched.expired());
}

TEST_CASE("as many at once as there are workers") {
  WorkerPool pool("p", 3, 8, Priority::normal);
  pool.start();
  CHECK(pool.workers() == 3);
  Count begun;
  Count may_end;
  for (int i = 0; i < 4; ++i) {
    CHECK(pool.submit(work([&](Work&) {
      begun.add();
      CHECK(may_end.wait());
    })) == Submitted::taken);
  }
  CHECK(begun.wait(3));
  CHECK(begun.value() == 3);
  may_end.add();
  CHECK(begun.wait(4));
  CHECK(pool.stop(grace));
}

TEST_CASE("low priority is nicer than its process, and no signal is taken by a worker") {
  WorkerPool pool("p", 1, 8, Priority::low);
  pool.start();
  int nice_value = 0;
  sigset_t blocked;
  sigemptyset(&blocked);
  Count done;
  CHECK(pool.submit(work([&](Work&) {
    nice_value = getpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)));
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    done.add();
  })) == Submitted::taken);
  CHECK(done.wait());
  CHECK(pool.stop(grace));
  CHECK(nice_value >= std::min(19, getpriority(PRIO_PROCESS, 0) + 1));
  CHECK(sigismember(&blocked, SIGTERM) == 1);
  CHECK(sigismember(&blocked, SIGCHLD) == 1);
  sigset_t here;
  pthread_sigmask(SIG_SETMASK, nullptr, &here);
  CHECK(sigismember(&here, SIGTERM) == 0);
}

}  // namespace
