// SPDX-License-Identifier: Apache-2.0
#include "audit/audit.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "audit/realm_audit.hpp"
#include "latch.hpp"

namespace gatehouse::detail {
namespace {

using std::chrono::seconds;

class SetClock final : public Clock {
 public:
  SteadyTime steady() const noexcept override { return SteadyTime(now); }
  WallTime wall() const noexcept override {
    return WallTime(std::chrono::duration_cast<std::chrono::milliseconds>(now) +
                    std::chrono::milliseconds(1'700'000'000'000));
  }
  void sleep_until(SteadyTime /*when*/) noexcept override {}
  std::chrono::nanoseconds now{seconds(1)};
};

/// What it is told to keep of the lines it is given.
class KeepingSink final : public AuditSink {
 public:
  struct State {
    std::vector<std::string> lines;
    bool fails = false;
    int reopened = 0;
  };
  explicit KeepingSink(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::size_t write(std::span<const std::string> lines, SteadyTime /*now*/) noexcept override {
    if (state_->fails) return 0;
    state_->lines.insert(state_->lines.end(), lines.begin(), lines.end());
    return lines.size();
  }
  void reopen() noexcept override { ++state_->reopened; }
  std::string fault() const override { return state_->fails ? "/var/log/audit: No space left on device" : ""; }

 private:
  std::shared_ptr<State> state_;
};

struct Bench {
  SetClock clock;
  std::vector<std::string> told;
  LogQueue log{[this](LogLevel, std::string_view line) { told.emplace_back(line); }, LogLevel::debug};
  std::shared_ptr<KeepingSink::State> kept = std::make_shared<KeepingSink::State>();
  std::shared_ptr<Audit> audit =
      std::make_shared<Audit>(std::make_unique<KeepingSink>(kept), log, clock, /*inline_calls=*/false);
  CacheKeyMaker keys{std::array<std::uint8_t, 32>{7}};

  RealmAudit realm(config::AuditSettings settings = {}) const { return {audit, settings, "app", 3}; }
  /// The member of the only line, or of the last one.
  std::string member(const std::string& name) {
    audit->work(false);
    REQUIRE_FALSE(kept->lines.empty());
    std::smatch found;
    if (!std::regex_search(kept->lines.back(), found, std::regex("\"" + name + "\":\"?([^,\"}]*)"))) return "(none)";
    return found[1];
  }
  std::uint64_t sum_of(const std::string& event) const {
    std::uint64_t sum = 0;
    for (const std::string& line : kept->lines) {
      std::smatch found;
      if (line.find("\"event\":\"" + event + "\"") == std::string::npos) continue;
      REQUIRE(std::regex_search(line, found, std::regex("\"count\":(\\d+)")));
      sum += std::stoull(found[1]);
    }
    return sum;
  }
};

std::shared_ptr<Answer> answer(DecisionCode code, Reason reason, const std::string& claimed = {}) {
  auto made = std::make_shared<Answer>();
  made->code = code;
  made->reason = reason;
  made->claimed_subject = claimed;
  return made;
}

std::shared_ptr<Answer> cached_grant(const std::string& subject) {
  auto made = answer(DecisionCode::granted, Reason::none);
  made->identity.subject = subject;
  made->identity.backend = "staff";
  made->cached = true;
  return made;
}

TEST_CASE("the line of a refusal") {
  Bench bench;
  auto refusal = answer(DecisionCode::denied, Reason::bad_credential, "alice");
  refusal->steps.emplace_back().backend = "staff";
  refusal->detail = "wrong password";
  const Attribute attributes[] = {
      {"http.uri", "/x"}, {"client.address", "192.0.2.1"}, {"door", "proxy"}, {"request.id", "12-3"}};
  Request request = Request::with_password("Alice", "secret");
  request.attributes = attributes;
  bench.realm().answered(request, refusal, std::chrono::microseconds(12'003), bench.keys);
  bench.audit->work(false);
  REQUIRE(bench.kept->lines.size() == 1);
  const std::string expected =
      std::regex_replace(bench.kept->lines[0], std::regex("\"pid\":\\d+|\"user_hash\":\"[0-9a-f]{16}\""), "#");
  CHECK(expected ==
        R"({"time":"2023-11-14T22:13:21.000Z","seq":1,#,"event":"decision","realm":"app","door":"proxy",)"
        R"("credential":"password","user":"Alice",#,"subject":"alice","source":"192.0.2.1","decision":"denied",)"
        R"("reason":"bad_credential","backend":"staff","detail":"wrong password","ms":12.003,"snapshot":3,)"
        R"("request":"12-3"})");
}

TEST_CASE("a name that no backend knows is not shown: it may be a password") {
  Bench bench;
  const Request request = Request::with_password("hunter2", "hunter2");
  for (const auto& refusal :
       {answer(DecisionCode::denied, Reason::unknown_user), answer(DecisionCode::denied, Reason::bad_credential),
        answer(DecisionCode::throttled, Reason::throttled), answer(DecisionCode::unavailable, Reason::timeout)}) {
    bench.realm().answered(request, refusal, seconds(0), bench.keys);
  }
  bench.realm().left(request, seconds(0), bench.keys);
  bench.audit->work(true);
  REQUIRE(bench.kept->lines.size() == 5);
  for (const std::string& line : bench.kept->lines) {
    CHECK(line.find("hunter2") == std::string::npos);
    CHECK(line.find("\"user_hash\":\"") != std::string::npos);
  }
  const std::string hash = bench.member("user_hash");
  bench.realm().answered(request, answer(DecisionCode::denied, Reason::bad_credential, "hunter2"), seconds(0),
                         bench.keys);
  CHECK(bench.member("user") == "hunter2");  // it is an account's
  CHECK(bench.member("user_hash") == hash);
  bench.realm({.unknown_users = config::UnknownUsers::plain})
      .answered(request, answer(DecisionCode::denied, Reason::unknown_user), seconds(0), bench.keys);
  CHECK(bench.member("user") == "hunter2");
  CHECK(bench.member("door") == "library");
  // Whoever has not the key cannot try names.
  const CacheKeyMaker other{std::array<std::uint8_t, 32>{8}};
  bench.realm().answered(request, answer(DecisionCode::denied, Reason::unknown_user), seconds(0), other);
  CHECK(bench.member("user_hash") != hash);
}

TEST_CASE("whatever strangers write: one line, nothing that a terminal obeys, and no more than a pipe takes at once") {
  const std::string hostile[] = {"a\r\nb",
                                 "\x1b[2J",
                                 "x\",\"decision\":\"granted",
                                 "\\",
                                 "\xC2\x9B"
                                 "31m",
                                 "\xE2\x80\xAE"
                                 "b",
                                 "\xFF\xFE\xC3",
                                 "\xED\xA0\x80",
                                 "%n%s",
                                 std::string("a\0b", 3),
                                 "\xE2\x80\xA8",
                                 std::string(100'000, '"'),
                                 std::string(100'000, '\x01')};
  for (const std::string& text : hostile) {
    const std::string body = audit_body({.realm = text,
                                         .door = text,
                                         .credential = text,
                                         .user = text,
                                         .subject = text,
                                         .source = text,
                                         .decision = text,
                                         .reason = text,
                                         .backend = text,
                                         .detail = text,
                                         .request = text});
    CHECK(body.size() < 3'900);
    CHECK(std::all_of(body.begin(), body.end(),
                      [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; }));
    CHECK(body.find("\xC2\x9B") == std::string::npos);
    CHECK(body.find("\xE2\x80\xAE") == std::string::npos);
    CHECK(body.find("\xFF") == std::string::npos);
    CHECK(body.find("\"decision\":\"granted") == std::string::npos);
  }
  CHECK(audit_body({.event = {},
                    .user = "a\"\\\x1b\xE2\x80\xAE\xFF"
                            "ü"}) == "\"user\":\"a\\\"\\\\\\u001b\\u202e\\ufffdü\"}");
}

TEST_CASE("a flood: so many lines a second of each kind, and the exact number of the others") {
  Bench bench;
  const RealmAudit realm = bench.realm();
  const Request request = Request::with_password("x", "y");
  constexpr std::uint64_t count = 10'000;
  for (std::uint64_t i = 0; i < count; ++i) {
    realm.answered(request, answer(DecisionCode::denied, Reason::unknown_user), seconds(0), bench.keys);
  }
  // Another kind has its own room, and so has a login.
  realm.answered(request, answer(DecisionCode::denied, Reason::bad_credential, "x"), seconds(0), bench.keys);
  CHECK(bench.member("reason") == "bad_credential");
  CHECK(bench.kept->lines.size() == FloodTally::per_second + 1);
  bench.clock.now += Audit::flood_every;
  bench.audit->work(false);
  CHECK(bench.member("event") == "refusals");
  CHECK(bench.member("reason") == "unknown_user");
  CHECK(bench.sum_of("refusals") == count - FloodTally::per_second);
  realm.answered(request, answer(DecisionCode::denied, Reason::unknown_user), seconds(0), bench.keys);
  CHECK(bench.member("event") == "decision");
}

TEST_CASE(
    "logins from memory are counted by user, exactly, also by many threads and of more users than there is room") {
  Bench bench;
  const RealmAudit realm = bench.realm();
  const Request request = Request::with_password("x", "y");
  realm.answered(request, cached_grant("alice"), seconds(0), bench.keys);
  realm.answered(request, cached_grant("alice"), seconds(0), bench.keys);
  bench.audit->work(false);
  CHECK(bench.kept->lines.empty());
  bench.clock.now += Audit::cached_every;
  CHECK(bench.member("event") == "cached");
  CHECK(bench.member("subject") == "alice");
  CHECK(bench.member("count") == "2");
  CHECK(bench.member("since") == "2023-11-14T22:13:21.000Z");

  bench.kept->lines.clear();
  constexpr int users = 8'000;
  constexpr int rounds = 3;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < users; ++i) {
        const auto grant = cached_grant("user" + std::to_string(i));
        for (int k = 0; k < rounds; ++k) realm.answered(request, grant, seconds(0), bench.keys);
      }
    });
  }
  for (std::thread& each : threads) each.join();
  bench.clock.now += Audit::cached_every;
  bench.audit->work(false);
  CHECK(bench.sum_of("cached") == 4U * users * rounds);
  CHECK(bench.kept->lines.size() <= CachedTally::shard_count * CachedTally::slots_per_shard + 1);
  // "all": one line each.
  bench.kept->lines.clear();
  bench.realm({.mode = config::AuditMode::all}).answered(request, cached_grant("bob"), seconds(0), bench.keys);
  CHECK(bench.member("cached") == "true");
}

TEST_CASE("nobody waits for a sink that cannot write, and what is lost is counted") {
  Bench bench;
  bench.kept->fails = true;
  const RealmAudit realm = bench.realm({.mode = config::AuditMode::all});
  const Request request = Request::with_password("x", "y");
  constexpr std::uint64_t count = 50'000;  // more than the queue takes
  for (std::uint64_t i = 0; i < count; ++i) {
    realm.answered(request, answer(DecisionCode::denied, Reason::unknown_user), seconds(0), bench.keys);
  }
  CHECK(bench.audit->lost() > 0);
  CHECK(bench.audit->lost() < count);
  bench.audit->work(false);
  CHECK(bench.audit->lost() == count);
  bench.log.deliver();
  REQUIRE(bench.told.size() == 1);
  CHECK(bench.told[0] == "audit: /var/log/audit: No space left on device; lines are lost, logins go on");
  bench.kept->fails = false;
  realm.answered(request, answer(DecisionCode::denied, Reason::unknown_user), seconds(0), bench.keys);
  bench.audit->work(false);
  CHECK(bench.sum_of("lost") == count);
  CHECK(bench.kept->lines.size() == 2);
  CHECK(bench.audit->written() == 2);
  // Every line has its number, also one that is lost: gaps are seen.
  CHECK(bench.kept->lines[0].find("\"seq\":" + std::to_string(count + 2) + ",") != std::string::npos);
  bench.audit->work(false);
  CHECK(bench.kept->lines.size() == 2);
}

TEST_CASE("lost counts are counted as what they stand for") {
  Bench bench;
  const RealmAudit realm = bench.realm();
  for (int i = 0; i < 1'000; ++i) {
    realm.answered(Request::with_password("x", "y"), cached_grant("alice"), seconds(0), bench.keys);
  }
  bench.kept->fails = true;
  bench.clock.now += Audit::cached_every;
  bench.audit->work(false);
  CHECK(bench.audit->lost() == 1'000);
}

TEST_CASE("the thread writes what is told, and what is counted when it ends") {
  Bench bench;
  bench.audit->start();
  const RealmAudit realm = bench.realm();
  const Request request = Request::with_password("x", "y");
  realm.answered(request, answer(DecisionCode::denied, Reason::unknown_user), seconds(0), bench.keys);
  realm.answered(request, cached_grant("alice"), seconds(0), bench.keys);
  bench.audit->reopen();
  bench.audit->stop();
  CHECK(bench.kept->lines.size() == 2);
  CHECK(bench.sum_of("cached") == 1);
  CHECK(bench.kept->reopened == 1);
  bench.audit->start();
  bench.audit->stop();
}

/// A disk that does not come back.
class StuckSink final : public AuditSink {
 public:
  StuckSink(std::shared_ptr<test::Count> inside, std::shared_ptr<test::Count> go_on)
      : inside_(std::move(inside)), go_on_(std::move(go_on)) {}
  std::size_t write(std::span<const std::string> /*lines*/, SteadyTime /*now*/) noexcept override {
    inside_->add();
    static_cast<void>(go_on_->wait());
    return 0;
  }

 private:
  std::shared_ptr<test::Count> inside_;
  std::shared_ptr<test::Count> go_on_;
};

TEST_CASE("a disk that does not come back keeps nobody, and is left behind when the engine stops") {
  const auto inside = std::make_shared<test::Count>();
  const auto go_on = std::make_shared<test::Count>();
  std::weak_ptr<Audit> left;
  {
    Bench bench;
    bench.audit = std::make_shared<Audit>(std::make_unique<StuckSink>(inside, go_on), bench.log, system_clock(), false);
    bench.audit->start();
    const RealmAudit realm = bench.realm();
    const Request request = Request::with_password("x", "y");
    realm.answered(request, answer(DecisionCode::denied, Reason::unknown_user), seconds(0), bench.keys);
    CHECK(inside->wait());
    realm.answered(request, answer(DecisionCode::denied, Reason::unknown_user), seconds(0), bench.keys);
    bench.audit->stop();
    left = bench.audit;
  }
  CHECK_FALSE(left.expired());
  go_on->add();
  while (!left.expired()) std::this_thread::yield();
}

TEST_CASE("inline: a line is there when the call returns, and each login from memory has its own") {
  Bench bench;
  bench.audit = std::make_shared<Audit>(std::make_unique<KeepingSink>(bench.kept), bench.log, bench.clock, true);
  bench.realm().answered(Request::with_password("x", "y"), cached_grant("alice"), seconds(0), bench.keys);
  CHECK(bench.kept->lines.size() == 1);
}

}  // namespace
}  // namespace gatehouse::detail
