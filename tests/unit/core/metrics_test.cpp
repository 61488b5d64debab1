// SPDX-License-Identifier: Apache-2.0
#include "metrics/metrics.hpp"

#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace gatehouse;
using namespace gatehouse::detail;

TEST_CASE("a counter loses nothing when many threads count") {
  Counter counter;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10'000; ++n) counter.add();
    });
  }
  for (auto& thread : threads) thread.join();
  counter.add(5);
  CHECK(counter.value() == 80'005);
}

TEST_CASE("a time falls into the first bucket that holds it") {
  RealmCounts counts;
  counts.add_latency(std::chrono::microseconds(500));
  counts.add_latency(std::chrono::microseconds(501));
  counts.add_latency(std::chrono::seconds(5));
  counts.add_latency(std::chrono::minutes(5));
  counts.add_latency(std::chrono::nanoseconds(-1));
  const RealmMetrics read = counts.read("app");
  CHECK(read.latency[0] == 2);
  CHECK(read.latency[1] == 1);
  CHECK(read.latency[latency_bounds.size() - 1] == 1);
  CHECK(read.latency[latency_bounds.size()] == 1);
  CHECK(std::accumulate(read.latency.begin(), read.latency.end(), std::uint64_t{0}) == 5);
  CHECK(read.latency_sum == doctest::Approx(305.001001));
}

TEST_CASE("what is counted of a realm and a backend goes on under the same names") {
  Metrics metrics;
  metrics.realm("app")->of("staff").add(DecisionCode::granted);
  metrics.realm("app")->of("staff").add(DecisionCode::granted);
  metrics.realm("app")->of("guests").add(DecisionCode::denied);
  metrics.realm("app")->unasked_denied.add();
  metrics.realm("other")->cache_hits.add();
  const RuntimeMetrics read = metrics.read();
  REQUIRE(read.realms.size() == 2);
  const auto& decisions = read.realms[0].decisions;
  REQUIRE(decisions.size() == 3);
  CHECK(decisions[0].backend.empty());
  CHECK(decisions[0].count[static_cast<std::size_t>(DecisionCode::denied)] == 1);
  CHECK(decisions[1].backend == "guests");
  CHECK(decisions[2].count[static_cast<std::size_t>(DecisionCode::granted)] == 2);
  CHECK(read.realms[1].cache_hits == 1);
}

TEST_CASE("how long a login is remembered: the longest of the configurations that live") {
  RealmCounts counts;
  CHECK(counts.read("app").longest_remembered == 0);
  auto before = counts.remembers_for(std::chrono::minutes(60));
  const auto now = counts.remembers_for(std::chrono::milliseconds(1'500));
  CHECK(counts.read("app").longest_remembered == 3'600);
  before.reset();
  CHECK(counts.read("app").longest_remembered == 1.5);
}
