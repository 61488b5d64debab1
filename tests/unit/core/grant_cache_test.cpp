// SPDX-License-Identifier: Apache-2.0
#include "region/grant_cache.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine_support.hpp"
#include "region/memory.hpp"

namespace {

using gatehouse::Answer;
using gatehouse::detail::CacheKey;
using gatehouse::detail::Conditions;
using gatehouse::detail::Epochs;
using gatehouse::detail::GrantCache;
using gatehouse::detail::Memory;
using gatehouse::detail::Part;
using gatehouse::detail::PartsDigest;
using gatehouse::detail::Region;
using gatehouse::test::FakeClock;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Lookup = GrantCache::Lookup;

CacheKey key(std::uint64_t number) {
  return PartsDigest().add(number).finish();
}

struct Scene {
  explicit Scene(std::shared_ptr<Region> shared = Region::own(0)) : region(std::move(shared)) {}

  void store(const CacheKey& k, const std::string& subject, std::optional<milliseconds> expires_in = {},
             milliseconds keep = seconds(60)) {
    Answer answer;
    answer.code = gatehouse::DecisionCode::granted;
    answer.identity.subject = subject;
    answer.identity.backend = "b";
    answer.identity.groups = {"g1", "g2"};
    answer.identity.attributes = {{"email", subject + "@example.org"}};
    if (expires_in) answer.identity.expiry = clock.wall() + *expires_in;
    Conditions conditions;
    conditions.granting = 1;
    conditions.earlier = chain[0]->any();
    conditions.bucket = chain[1]->bucket_of(subject);
    conditions.subject_epoch = chain[1]->of(conditions.bucket);
    conditions.flushes = memory.grants.flushes();
    memory.grants.store(k, answer, conditions, clock.steady() + keep);
  }
  std::shared_ptr<const Answer> find(const CacheKey& k, Lookup how = Lookup::quick, milliseconds stale = {}) {
    return memory.grants.find(k, chain, how, stale);
  }
  bool has(const CacheKey& k) { return find(k) != nullptr; }

  FakeClock clock;
  std::shared_ptr<Region> region;
  Memory memory{region, clock};
  std::vector<std::shared_ptr<Epochs>> chain = {std::make_shared<Epochs>(region, PartsDigest().add("a").finish()),
                                                std::make_shared<Epochs>(region, PartsDigest().add("b").finish()),
                                                std::make_shared<Epochs>(region, PartsDigest().add("c").finish())};
};

TEST_CASE("found until its time is over, whole") {
  Scene s;
  s.store(key(1), "bob");
  const auto found = s.find(key(1));
  REQUIRE(found);
  CHECK(found->identity.subject == "bob");
  CHECK(found->identity.backend == "b");
  CHECK(found->identity.groups == std::vector<std::string>{"g1", "g2"});
  CHECK(found->identity.attributes.front().second == "bob@example.org");
  CHECK(found->cached);
  CHECK_FALSE(s.has(key(2)));
  s.clock.advance(seconds(59));
  CHECK(s.has(key(1)));
  s.clock.advance(seconds(1));
  CHECK_FALSE(s.has(key(1)));
}

TEST_CASE("never past the identity's end, by the wall clock; a wall clock that steps does not lengthen the rest") {
  Scene s;
  s.store(key(1), "bob", seconds(10));
  s.store(key(2), "alice");
  s.clock.step_wall(seconds(9));
  REQUIRE(s.has(key(1)));
  CHECK(s.find(key(1))->identity.expiry);
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
  s.chain[1]->invalidate("bob");
  CHECK_FALSE(s.has(key(1)));
  CHECK(s.has(key(2)));
  fill();
  s.chain[1]->invalidate("");
  CHECK_FALSE(s.has(key(1)));
  CHECK_FALSE(s.has(key(2)));
  fill();
  s.chain[0]->invalidate("zoe");
  CHECK_FALSE(s.has(key(1)));
  CHECK_FALSE(s.has(key(2)));
  fill();
  s.chain[2]->invalidate("");  // was not asked
  CHECK(s.has(key(1)));
}

TEST_CASE("a stale one counts for so long, and only while its conditions stand") {
  Scene s;
  s.store(key(1), "bob");
  s.clock.advance(seconds(100));
  CHECK_FALSE(s.has(key(1)));
  CHECK(s.find(key(1), Lookup::whole, seconds(41)));
  CHECK_FALSE(s.find(key(1), Lookup::whole, seconds(40)));
  s.chain[1]->invalidate("bob");
  CHECK_FALSE(s.find(key(1), Lookup::whole, seconds(41)));
}

TEST_CASE("bounded: whoever is stored last is there, and those whose time is over first have gone") {
  Scene s;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    s.clock.advance(milliseconds(1));
    s.store(key(i), "u" + std::to_string(i));
  }
  CHECK(s.has(key(9'999)));
  int there = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) there += s.has(key(i)) ? 1 : 0;
  CHECK(there > 400);
  CHECK(there < 1'000);
  CHECK_FALSE(s.has(key(0)));
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
  s.store(key(1), "u");
  s.memory.grants.flush();
  CHECK_FALSE(s.has(key(1)));
  s.store(key(1), "u");
  CHECK(s.has(key(1)));
}

TEST_CASE("another process finds it: the quick way once it has seen it, the whole way at once") {
  Scene s;
  s.store(key(1), "bob", seconds(50));
  Scene other(s.region);
  CHECK_FALSE(other.has(key(1)));
  const auto found = other.find(key(1), Lookup::whole);
  REQUIRE(found);
  CHECK(found->identity.subject == "bob");
  CHECK(found->identity.expiry == s.clock.wall() + seconds(50));
  CHECK(other.has(key(1)));
  other.chain[1]->invalidate("bob");
  CHECK_FALSE(s.has(key(1)));
}

TEST_CASE("of a region with any one bit turned over, nothing comes but what was stored, or nothing") {
  Scene s;
  s.store(key(1), "bob");
  std::size_t missed = 0;
  for (const Part part : {Part::grants, Part::identities}) {
    const auto words = s.region->part(part);
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::uint64_t value = words[i].load();
      if (value == 0) continue;
      for (unsigned bit = 0; bit < 64; bit += 5) {
        words[i].store(value ^ (std::uint64_t{1} << bit));
        Scene other(s.region);
        const auto found = other.find(key(1), Lookup::whole);
        missed += found ? 0U : 1U;
        if (found) CHECK(found->identity.subject == "bob");
        if (found) CHECK(found->identity.groups.size() == 2);
      }
      words[i].store(value);
    }
  }
  CHECK(missed > 100);
  CHECK(Scene(s.region).find(key(1), Lookup::whole));
}

TEST_CASE("a record that was written halfway is none, and the next one heals it") {
  Scene s;
  s.store(key(1), "bob");
  const auto grants = s.region->part(Part::grants);
  std::vector<std::uint64_t> before(grants.size());
  for (std::size_t i = 0; i < grants.size(); ++i) before[i] = grants[i].load();
  s.clock.advance(seconds(10));
  s.store(key(1), "mallory");  // the same place, another content
  std::vector<std::size_t> moved;
  for (std::size_t i = 0; i < grants.size(); ++i) {
    if (grants[i].load() != before[i]) moved.push_back(i);
  }
  REQUIRE(moved.size() >= 3);
  const std::uint64_t last = grants[moved.back()].load();
  grants[moved.back()].store(before[moved.back()]);
  CHECK_FALSE(s.find(key(1), Lookup::whole));
  grants[moved.back()].store(last);
  CHECK(s.find(key(1), Lookup::whole)->identity.subject == "mallory");
}

TEST_CASE("who has many credentials crowds nobody out: a subject has its share") {
  Scene s;
  constexpr std::uint64_t others = 100;
  for (std::uint64_t i = 0; i < others; ++i) s.store(key(i), "user " + std::to_string(i), {}, seconds(50));
  for (std::uint64_t i = 0; i < 10'000; ++i) s.store(key(1'000 + i), "mallory");
  std::uint64_t there = 0;
  for (std::uint64_t i = 0; i < others; ++i) there += s.has(key(i)) ? 1U : 0U;
  CHECK(there == others);
  int mine = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) mine += s.has(key(1'000 + i)) ? 1 : 0;
  CHECK(mine == 64);
  // What is remembered already can be remembered anew, and room comes back with time.
  s.clock.advance(seconds(49));
  s.store(key(1'000), "mallory");
  s.clock.advance(seconds(20));
  CHECK(s.has(key(1'000)));
  s.store(key(20'000), "mallory");
  CHECK(s.has(key(20'000)));
}

TEST_CASE("the answers that a process has made are bounded in memory, not only in number") {
  gatehouse::detail::InternedAnswers answers;
  const auto made = [](std::size_t size) {
    auto answer = std::make_shared<Answer>();
    answer->identity.subject = "bob";
    answer->identity.groups = {std::string(size, 'g')};
    return answer;
  };
  const auto name = [](std::uint64_t i) {
    return gatehouse::detail::InternedAnswers::Name{{i * 0x9E3779B97F4A7C15ULL, i}, 0};
  };
  constexpr std::uint64_t many = 4'000;
  for (std::uint64_t i = 0; i < many; ++i) answers.put(name(i), made(60'000));
  CHECK(answers.bytes() <= gatehouse::detail::InternedAnswers::most_bytes);
  CHECK(answers.bytes() > gatehouse::detail::InternedAnswers::most_bytes / 2);
  CHECK(answers.find(name(many - 1)));  // the oldest go first
  CHECK_FALSE(answers.find(name(0)));
  answers.put(name(many - 1), made(1));
  CHECK(answers.find(name(many - 1))->identity.groups[0].size() == 60'000);
  for (std::uint64_t i = 0; i < 100'000; ++i) answers.put(name(many + i), made(1));
  CHECK(answers.bytes() < 65'536 * 1'024);
  CHECK_FALSE(answers.find(name(many)));
}

}  // namespace
