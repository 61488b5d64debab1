// SPDX-License-Identifier: Apache-2.0
// Whoever writes into a region is killed, at any instruction, again and again. Those who stay lose nothing but what was
// being written; no identity crosses, no count is lost, nobody waits.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "region/memory.hpp"

namespace {

using namespace gatehouse;
using namespace gatehouse::detail;

constexpr std::uint64_t people = 500;

class SharedMemory {
 public:
  SharedMemory()
      : at_(mmap(nullptr, Region::minimum_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    REQUIRE(at_ != MAP_FAILED);
  }
  ~SharedMemory() { munmap(at_, Region::minimum_size()); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  [[nodiscard]] std::shared_ptr<Region> region() const { return *Region::of_host(at_, Region::minimum_size()); }

 private:
  void* at_;
};

struct Process {
  explicit Process(std::shared_ptr<Region> joined) : region(std::move(joined)) {}
  static std::string name(std::uint64_t number) { return "user " + std::to_string(number); }
  static CacheKey key(std::uint64_t number) { return PartsDigest().add(number).finish(); }

  void login(std::uint64_t number) {
    Answer answer;
    answer.code = DecisionCode::granted;
    answer.identity.subject = name(number);
    answer.identity.groups = {std::string(300, static_cast<char>('a' + number % 26))};
    Conditions conditions;
    conditions.bucket = chain[0]->bucket_of(answer.identity.subject);
    conditions.subject_epoch = chain[0]->of(conditions.bucket);
    memory.grants.store(key(number), answer, conditions, system_clock().steady() + std::chrono::seconds(60));
  }
  /// 1: found, and whole; 0: not found; -1: somebody else, or a piece of somebody.
  [[nodiscard]] int look(std::uint64_t number) {
    const auto found = memory.grants.find(key(number), chain, GrantCache::Lookup::whole);
    if (!found) return 0;
    const bool whole = found->identity.subject == name(number);
    return whole && found->identity.groups == std::vector{std::string(300, static_cast<char>('a' + number % 26))} ? 1
                                                                                                                  : -1;
  }
  std::shared_ptr<Region> region;
  Memory memory{region, system_clock()};
  std::vector<std::shared_ptr<Epochs>> chain = {std::make_shared<Epochs>(region, Digest{})};
};

/// Works until it is killed.
[[noreturn]] void work(const std::shared_ptr<Region>& region, std::uint64_t seed) {
  Process self(region);
  const config::ThrottleSettings settings;
  for (std::uint64_t i = seed;; i = i * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL) {
    const std::uint64_t number = (i >> 33U) % people;
    self.login(number);
    if (self.look(number) < 0) _exit(3);
    if (i >> 60U == 0) self.chain[0]->invalidate(Process::name(number));
    if (i >> 50U == 0) self.chain[0]->set_state(std::to_string(number), nullptr);
    Throttle::Charge charge;
    if (!self.memory.throttle.take_typed(charge, self.memory.throttle.account(Process::name(number)), 77, settings)) {
      self.memory.throttle.succeeded(charge, 77, settings);
    }
    self.memory.refusals.store(Process::key(number + people), 5, 1, 0, 0, system_clock().steady());
  }
}

TEST_CASE("three hundred writers are killed; the region stays sound") {
  const SharedMemory shared;
  const auto region = shared.region();
  Process reader(region);
  constexpr std::size_t at_once = 3;
  std::vector<pid_t> writers;
  std::uint64_t seed = 1;
  const auto begin = [&] {
    const pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) work(region, ++seed * 7919);
    ++seed;
    writers.push_back(pid);
  };
  while (writers.size() < at_once) begin();
  int found = 0;
  int wrong = 0;
  for (int killed = 0; killed < 300; ++killed) {
    for (std::uint64_t number = 0; number < people; ++number) {
      const int seen = reader.look(number);
      found += seen > 0 ? 1 : 0;
      wrong += seen < 0 ? 1 : 0;
    }
    const pid_t victim = writers.front();
    writers.erase(writers.begin());
    kill(victim, SIGKILL);
    int status = 0;
    REQUIRE(waitpid(victim, &status, 0) == victim);
    CHECK(WIFSIGNALED(status));
    begin();
  }
  for (const pid_t pid : writers) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
  CHECK(wrong == 0);
  CHECK(found > 1'000);
  // Everything can still be written, at every place.
  reader.chain[0]->set_state("after", nullptr);
  int there = 0;
  for (std::uint64_t number = 2 * people; number < 3 * people; ++number) {  // who has all of their share left
    reader.login(number);
    there += reader.look(number) == 1 ? 1 : 0;
  }
  CHECK(there == people);
  CHECK(shared.region()->joined());
}

TEST_CASE("a count that many processes make, each killed in the middle, is not less than what they were allowed") {
  const SharedMemory shared;
  const auto region = shared.region();
  config::ThrottleSettings settings;
  settings.failures = 0;
  settings.subject_failures = 50;
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  for (int round = 0; round < 20; ++round) {
    const pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      Process self(region);
      const auto bob = self.memory.throttle.account("bob");
      for (;;) {
        Throttle::Charge charge;
        if (!self.memory.throttle.take_typed(charge, bob, 0, settings)) static_cast<void>(!write(pipe_ends[1], "x", 1));
      }
    }
    char letter = 0;
    if (round == 0) REQUIRE(read(pipe_ends[0], &letter, 1) == 1);
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
  close(pipe_ends[1]);
  int allowed = 1;
  char letter = 0;
  while (read(pipe_ends[0], &letter, 1) == 1) ++allowed;
  close(pipe_ends[0]);
  CHECK(allowed <= 50);
  Process self(region);
  Throttle::Charge charge;
  while (!self.memory.throttle.take_typed(charge, self.memory.throttle.account("bob"), 0, settings)) ++allowed;
  CHECK(allowed <= 50);
}

}  // namespace
