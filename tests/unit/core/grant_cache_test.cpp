// SPDX-License-Identifier: Apache-2.0
#include "region/grant_cache.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "engine_support.hpp"

namespace {

using gatehouse::Answer;
using gatehouse::WallTime;
using gatehouse::detail::CacheKey;
using gatehouse::detail::Conditions;
using gatehouse::detail::Epochs;
using gatehouse::detail::GrantCache;
using gatehouse::test::FakeClock;
using std::chrono::milliseconds;
using std::chrono::seconds;

CacheKey key(std::uint32_t number) {
  CacheKey k{};
  for (std::size_t i = 0; i < 4; ++i) k[i] = static_cast<std::uint8_t>(number >> (8 * i));
  k[31] = static_cast<std::uint8_t>(number);
  return k;
}

struct Scene {
  void store(const CacheKey& k, const std::string& subject, std::optional<milliseconds> expires_in = {},
             std::size_t capacity = 1000, milliseconds keep = seconds(60)) {
    auto answer = std::make_shared<Answer>();
    answer->code = gatehouse::DecisionCode::granted;
    answer->identity.subject = subject;
    if (expires_in) answer->identity.expiry = clock.wall() + *expires_in;
    Conditions conditions;
    conditions.earlier.emplace_back(earlier, earlier->any());
    conditions.granting = granting;
    conditions.subject = subject;
    conditions.subject_epoch = granting->of(subject);
    cache.store(k, std::move(answer), std::move(conditions), clock.steady() + keep, capacity);
  }
  bool has(const CacheKey& k) { return cache.find(k) != nullptr; }

  FakeClock clock;
  GrantCache cache{clock};
  std::shared_ptr<Epochs> earlier = std::make_shared<Epochs>();
  std::shared_ptr<Epochs> granting = std::make_shared<Epochs>();
};

TEST_CASE("found until its time is over") {
  Scene s;
  s.store(key(1), "bob");
  CHECK(s.cache.find(key(1))->identity.subject == "bob");
  CHECK_FALSE(s.has(key(2)));
  s.clock.advance(seconds(59));
  CHECK(s.has(key(1)));
  s.clock.advance(seconds(1));
  CHECK_FALSE(s.has(key(1)));
  CHECK(s.cache.size() == 0);
}

TEST_CASE("never past the identity's end, by the wall clock; a wall clock that steps does not lengthen the rest") {
  Scene s;
  s.store(key(1), "bob", seconds(10));
  s.store(key(2), "alice");
  s.clock.step_wall(seconds(9));
  CHECK(s.has(key(1)));
  s.clock.step_wall(seconds(1));
  CHECK_FALSE(s.has(key(1)));
  s.clock.step_wall(-std::chrono::hours(24));
  s.clock.advance(seconds(60));
  CHECK_FALSE(s.has(key(2)));
}

TEST_CASE("a change of the subject, of everybody, or of an earlier backend drops it; of somebody else it does not") {
  Scene s;
  const auto fill = [&] {
    s.store(key(1), "bob");
    s.store(key(2), "alice");
  };
  fill();
  s.granting->invalidate("bob");
  CHECK_FALSE(s.has(key(1)));
  CHECK(s.has(key(2)));
  fill();
  s.granting->invalidate("");
  CHECK_FALSE(s.has(key(1)));
  CHECK_FALSE(s.has(key(2)));
  fill();
  s.earlier->invalidate("zoe");
  CHECK_FALSE(s.has(key(1)));
  CHECK_FALSE(s.has(key(2)));
  fill();
  CHECK(s.has(key(1)));
}

TEST_CASE("what is dropped stays dropped") {
  Scene s;
  s.store(key(1), "bob");
  s.granting->invalidate("bob");
  CHECK_FALSE(s.has(key(1)));
  CHECK_FALSE(s.has(key(1)));
  CHECK(s.cache.size() == 0);
}

TEST_CASE("bounded: however many are stored, the oldest go first") {
  Scene s;
  for (std::uint32_t i = 0; i < 10'000; ++i) s.store(key(i), "u" + std::to_string(i), {}, 160);
  CHECK(s.cache.size() == 160);
  CHECK(s.has(key(9'999)));
  CHECK_FALSE(s.has(key(0)));
  // One key stored again and again neither grows nor evicts for ever.
  for (int i = 0; i < 10'000; ++i) s.store(key(9'999), "u9999", {}, 160);
  CHECK(s.cache.size() <= 160);
  CHECK(s.has(key(9'999)));
}

TEST_CASE("storing again renews it") {
  Scene s;
  s.store(key(1), "bob");
  s.clock.advance(seconds(50));
  s.store(key(1), "bob");
  s.clock.advance(seconds(50));
  CHECK(s.has(key(1)));
}

TEST_CASE("flush forgets everybody") {
  Scene s;
  for (std::uint32_t i = 0; i < 100; ++i) s.store(key(i), "u");
  s.cache.flush();
  CHECK(s.cache.size() == 0);
  CHECK_FALSE(s.has(key(1)));
}

TEST_CASE("epochs move with every change and never back") {
  Epochs epochs;
  const auto any = epochs.any();
  const auto bob = epochs.of("bob");
  epochs.invalidate("bob");
  CHECK(epochs.any() != any);
  CHECK(epochs.of("bob") != bob);
  const auto after = epochs.of("alice");
  epochs.invalidate("");
  CHECK(epochs.of("alice") != after);
  CHECK(epochs.of("bob") > bob);
}

}  // namespace
