// SPDX-License-Identifier: Apache-2.0
// What a question costs that needs no backend: a login and a token that are remembered, one and two threads; and what a
// million of them take.
#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "region/memory.hpp"

namespace {

using namespace gatehouse;
using namespace gatehouse::detail;

constexpr std::uint64_t people = 1'000;

struct Realm {
  explicit Realm(std::size_t logins) : memory(Region::own(Region::size_for(logins)), system_clock()) {}

  [[nodiscard]] Request request(const std::string& user, const std::string& secret, bool token) const {
    return token ? Request::with_token(secret) : Request::with_password(user, secret);
  }
  void login(const Request& request, const std::string& user) {
    Answer answer;
    answer.code = DecisionCode::granted;
    answer.identity.subject = user;
    answer.identity.groups = {"readers", "writers"};
    answer.identity.attributes = {{"email", user + "@example.org"}};
    Conditions conditions;
    conditions.bucket = chain[0]->bucket_of(user);
    conditions.subject_epoch = chain[0]->of(conditions.bucket);
    memory.grants.store(memory.keys.make(definition, request, {}), answer, conditions,
                        system_clock().steady() + std::chrono::hours(1));
  }
  [[nodiscard]] bool hit(const Request& request) {
    return memory.grants.find(memory.keys.make(definition, request, {}), chain, GrantCache::Lookup::quick) != nullptr;
  }
  Memory memory;
  Digest definition = PartsDigest().add("realm").finish();
  std::vector<std::shared_ptr<Epochs>> chain = {std::make_shared<Epochs>(memory.region, definition)};
};

struct Logins {
  explicit Logins(bool token) : realm(100'000) {
    for (std::uint64_t i = 0; i < people; ++i) {
      users.push_back("user" + std::to_string(i));
      secrets.push_back(token ? std::string(1'000, static_cast<char>('a' + i % 26)) + std::to_string(i)
                              : "correct horse " + std::to_string(i));
    }
    for (std::uint64_t i = 0; i < people; ++i) {
      requests.push_back(realm.request(users[i], secrets[i], token));
      realm.login(requests.back(), users[i]);
    }
  }
  Realm realm;
  std::vector<std::string> users;
  std::vector<std::string> secrets;
  std::vector<Request> requests;
};

void hit(benchmark::State& state, bool token) {
  static Logins basic(false);
  static Logins bearer(true);
  Logins& logins = token ? bearer : basic;
  std::uint64_t i = static_cast<std::uint64_t>(state.thread_index()) * 7;
  for (auto _ : state) {
    if (!logins.realm.hit(logins.requests[i++ % people])) state.SkipWithError("not found");
  }
}

void a_million(benchmark::State& state) {
  constexpr std::uint64_t million = 1'000'000;
  for (auto _ : state) {
    Realm realm(million);
    std::uint64_t found = 0;
    for (std::uint64_t i = 0; i < million; ++i) {
      const std::string token = "token " + std::to_string(i);
      realm.login(Request::with_token(token), "user" + std::to_string(i % people));
    }
    for (std::uint64_t i = 0; i < million; ++i) {
      const std::string token = "token " + std::to_string(i);
      found += realm.hit(Request::with_token(token)) ? 1 : 0;
    }
    state.counters["found"] = static_cast<double>(found);
    state.counters["bytes each"] =
        static_cast<double>(realm.memory.region->part(Part::grants).size_bytes()) / static_cast<double>(million);
  }
}

}  // namespace

BENCHMARK_CAPTURE(hit, basic, false)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK_CAPTURE(hit, token_1k, true)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(a_million)->Iterations(1)->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
