// SPDX-License-Identifier: Apache-2.0
#include "workers/fair_queue.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace {

using gatehouse::detail::FairQueue;
using gatehouse::detail::Job;

class Named final : public Job {
 public:
  Named(std::uint64_t from, char letter) : from_(from), letter_(letter) {}
  void run() noexcept override {}
  [[nodiscard]] std::uint64_t origin() const noexcept override { return from_; }
  [[nodiscard]] char letter() const noexcept { return letter_; }

 private:
  std::uint64_t from_;
  char letter_;
};

std::shared_ptr<Named> put(FairQueue& queue, std::uint64_t from, char letter) {
  auto job = std::make_shared<Named>(from, letter);
  queue.push(job);
  return job;
}

std::string drain(FairQueue& queue) {
  std::string order;
  while (!queue.empty()) order += dynamic_cast<const Named&>(*queue.pop()).letter();
  return order;
}

TEST_CASE("origins take turns; each one's own stay in order") {
  FairQueue queue(100);
  for (const char c : std::string("abcdef")) put(queue, 1, c);
  put(queue, 2, 'X');
  put(queue, 3, '1');
  put(queue, 2, 'Y');
  CHECK(queue.size() == 9);
  CHECK(queue.before(4) == 3);  // one of each
  CHECK(queue.before(2) == 8);
  CHECK(drain(queue) == "aX1bYcdef");
  CHECK(queue.size() == 0);
}

TEST_CASE("a flood from one leaves room for others, from many for one more") {
  FairQueue queue(100);
  int taken = 0;
  while (queue.has_room(1)) {
    put(queue, 1, 'a');
    ++taken;
  }
  CHECK(taken == 50);
  CHECK(queue.has_room(2));
  FairQueue crowded(100);
  for (int round = 0; round < 100; ++round) {
    for (std::uint64_t origin = 1; origin <= 40; ++origin) {
      if (crowded.has_room(origin)) put(crowded, origin, 'a');
    }
  }
  CHECK(crowded.size() < 100);
  CHECK(crowded.has_room(41));
}

TEST_CASE("who is not known has the whole queue, and no more") {
  FairQueue queue(3);
  for (int i = 0; i < 3; ++i) {
    CHECK(queue.has_room(0));
    put(queue, 0, 'a');
  }
  CHECK_FALSE(queue.has_room(0));
  CHECK_FALSE(queue.has_room(7));
}

TEST_CASE("who is taken out is gone, and its lane with the last") {
  FairQueue queue(10);
  const auto a = put(queue, 1, 'a');
  const auto b = put(queue, 1, 'b');
  const auto x = put(queue, 2, 'x');
  CHECK(queue.remove(*b) == b);
  CHECK(queue.remove(*x) == x);
  put(queue, 3, 'y');
  CHECK(drain(queue) == "ay");
  put(queue, 1, 'c');
  CHECK(drain(queue) == "c");
}

}  // namespace
