// SPDX-License-Identifier: Apache-2.0
// The plugin through its C boundary: what each kind of account and password is answered.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <gatehouse/plugin.h>
#include <fake_plugin_host.hpp>

#include <scratch_folder.hpp>
#include "samples.hpp"

using gatehouse::htpasswd::test::kPassword;
using gatehouse::htpasswd::test::kSamples;
using gatehouse::htpasswd::test::kSha;
using gatehouse::test::c_str;
using gatehouse::test::FakeCall;
using gatehouse::test::FakeHost;
using gatehouse::test::password_request;
using gatehouse::test::ScratchFolder;

extern "C" const gatehouse_plugin* gatehouse_plugin_v1(void);

namespace {

std::string text(gatehouse_str s) {
  return {s.data == nullptr ? "" : s.data, s.size};
}

struct Given {
  std::string file;
  std::string groups;
  bool allow_plain = false;
  bool allow_des = false;
};

/// Values in the order of the description, defaults where nothing is given.
std::vector<gatehouse_option_value> values(const Given& given) {
  const gatehouse_plugin& plugin = *gatehouse_plugin_v1();
  std::vector<gatehouse_option_value> result(plugin.option_count);
  for (std::size_t i = 0; i < plugin.option_count; ++i) {
    const std::string name = text(plugin.options[i].name);
    gatehouse_option_value& value = result[i];
    value.type = plugin.options[i].type;
    value.present = 1;
    if (name == "file") value.text = c_str(given.file);
    if (name == "groups") {
      value.text = c_str(given.groups);
      value.present = given.groups.empty() ? 0 : 1;
    }
    if (name == "allow_plain") value.number = given.allow_plain ? 1 : 0;
    if (name == "allow_des") value.number = given.allow_des ? 1 : 0;
    if (name == "max_size") value.number = 1 << 28;
    if (name == "max_bcrypt_cost") value.number = 14;
    if (name == "max_sha_crypt_rounds") value.number = 1'000'000;
    if (name == "max_hash_memory") value.number = 1 << 26;
  }
  return result;
}

struct Fixture {
  ScratchFolder folder;
  FakeHost host;
  void* instance = nullptr;

  Fixture() = default;
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;
  ~Fixture() {
    if (instance != nullptr) gatehouse_plugin_v1()->destroy(instance);
  }

  void open(std::string_view users, Given given = {}) {
    given.file = folder.write("users", users);
    const auto v = values(given);
    instance = gatehouse_plugin_v1()->create(host.handle(), FakeHost::api(), v.data(), v.size());
    REQUIRE(instance != nullptr);
    REQUIRE(gatehouse_plugin_v1()->start(instance) == 1);
  }
  gatehouse_verdict ask(std::string_view user, std::string_view password, FakeCall& call) const {
    const auto request = password_request(user, password);
    return gatehouse_plugin_v1()->authenticate(instance, &request, call.handle());
  }
  gatehouse_verdict ask(std::string_view user, std::string_view password) const {
    FakeCall call;
    return ask(user, password, call);
  }
  void run_background() const {
    static_cast<const gatehouse_background*>(gatehouse_plugin_v1()->get_extension(c_str(GATEHOUSE_EXT_BACKGROUND)))
        ->run(instance);
  }
};

std::string line(std::string_view user, std::string_view hash = kSha) {
  return std::string(user) + ":" + std::string(hash) + "\n";
}

}  // namespace

TEST_CASE("the description") {
  const gatehouse_plugin& plugin = *gatehouse_plugin_v1();
  CHECK(text(plugin.id) == "htpasswd");
  CHECK(text(plugin.uri_option) == "file");
  CHECK(plugin.credentials == GATEHOUSE_CREDENTIAL_PASSWORD);
  CHECK(plugin.traits == GATEHOUSE_TRAIT_CPU);
  CHECK(plugin.attribute_count == 0);
  CHECK(plugin.get_extension(c_str(GATEHOUSE_EXT_BACKGROUND)) != nullptr);
  for (std::size_t i = 0; i < plugin.option_count; ++i) {
    CHECK_FALSE(text(plugin.options[i].help).empty());
    CHECK((plugin.options[i].flags == GATEHOUSE_OPTION_REQUIRED) == (text(plugin.options[i].name) == "file"));
  }
}

TEST_CASE_FIXTURE(Fixture, "HP-30: no file, no instance") {
  Given given;
  given.file = folder.file("nonesuch");
  const auto v = values(given);
  CHECK(gatehouse_plugin_v1()->create(host.handle(), FakeHost::api(), v.data(), v.size()) == nullptr);
  REQUIRE(host.config_errors().size() == 1);
  CHECK(host.config_errors()[0].first == "file");
}

TEST_CASE_FIXTURE(Fixture, "HP-11 and the other schemes: right and wrong") {
  std::string users;
  for (std::size_t i = 0; i < kSamples.size(); ++i) users += line("user" + std::to_string(i), kSamples[i].hash);
  open(users);
  for (std::size_t i = 0; i < kSamples.size(); ++i) {
    const std::string user = "user" + std::to_string(i);
    CAPTURE(kSamples[i].hash);
    FakeCall wrong;
    CHECK(ask(user, "wrong", wrong) == GATEHOUSE_VERDICT_DENIED);
    CHECK(wrong.reason == GATEHOUSE_REASON_BAD_CREDENTIAL);
    CHECK(wrong.claimed == user);
    CHECK(wrong.subject.empty());
    FakeCall right;
    CHECK(ask(user, kPassword, right) == GATEHOUSE_VERDICT_GRANTED);
    CHECK(right.subject == user);
    CHECK(right.claimed == user);
  }
  CHECK(host.lines().size() == 1);  // "read, 17 users"
}

TEST_CASE_FIXTURE(Fixture, "an unknown user is not mine, and nothing is claimed") {
  open(line("alice"));
  for (const char* user :
       {"bob", "Alice", "alice ", " alice", "alic", "alicee", "*", "alice:{SHA}L55TUjtiq8FBorTWAZ0jy6g129A="}) {
    FakeCall call;
    CHECK(ask(user, kPassword, call) == GATEHOUSE_VERDICT_NOT_MINE);
    CHECK(call.reason == GATEHOUSE_REASON_UNKNOWN_USER);
    CHECK(call.claimed.empty());
  }
  CHECK(ask("", kPassword) == GATEHOUSE_VERDICT_NOT_MINE);
}

TEST_CASE_FIXTURE(Fixture, "HP-08, HP-16, HP-17, HP-19, HP-22, HP-23, HP-25: known, and always refused") {
  const std::vector<std::pair<std::string, std::string>> never = {
      {"", ""},
      {"secret", "secret"},
      {"*0", "*0"},
      {"*1", "*1"},
      {"!", "!"},
      {"{PLAIN}secret", "secret"},
      {"abhfCpXqd4GrI", "correct "},
      {"$2b$31$" + std::string(53, 'a'), "secret"},
      {"$2b$03$" + std::string(53, 'a'), "secret"},
      {"$6$rounds=999999999$salt$" + std::string(86, 'a'), "secret"},
      {"$y$jFT$salt$" + std::string(43, 'a'), "secret"},
      {"$7$zU..../....salt$" + std::string(43, 'a'), "secret"},
      {"$apr1$short", "secret"}};
  std::string users;
  for (std::size_t i = 0; i < never.size(); ++i) users += line("user" + std::to_string(i), never[i].first);
  open(users);
  for (std::size_t i = 0; i < never.size(); ++i) {
    for (const std::string& password : {never[i].second, never[i].first, std::string("x")}) {
      CAPTURE(never[i].first);
      FakeCall call;
      CHECK(ask("user" + std::to_string(i), password, call) == GATEHOUSE_VERDICT_DENIED);
      CHECK(call.reason == GATEHOUSE_REASON_DISABLED);
      CHECK(call.detail.find("secret") == std::string::npos);
      CHECK_FALSE(call.detail.empty());
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "HP-14, HP-22, HP-37: longer than the scheme takes is refused without hashing") {
  Given given;
  given.allow_des = true;
  open(line("bcrypt", "$2b$04$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe") + line("des", "abhfCpXqd4GrI") +
           line("sha"),
       given);
  CHECK(ask("bcrypt", std::string(72, 'a')) == GATEHOUSE_VERDICT_GRANTED);
  CHECK(ask("bcrypt", std::string(73, 'a')) == GATEHOUSE_VERDICT_DENIED);
  CHECK(ask("bcrypt", std::string(72, 'a') + "x") == GATEHOUSE_VERDICT_DENIED);
  CHECK(ask("des", "correct ") == GATEHOUSE_VERDICT_GRANTED);
  CHECK(ask("des", "correct horse") == GATEHOUSE_VERDICT_DENIED);
  for (const std::size_t size : {512U, 513U, 65536U}) {
    FakeCall call;
    CHECK(ask("sha", std::string(size, 'x'), call) == GATEHOUSE_VERDICT_DENIED);
    CHECK(call.reason == GATEHOUSE_REASON_BAD_CREDENTIAL);
  }
}

TEST_CASE_FIXTURE(Fixture, "a NUL in the password, or none at all") {
  open(line("alice"));
  CHECK(ask("alice", "") == GATEHOUSE_VERDICT_DENIED);
  CHECK(ask("alice", std::string(kPassword) + std::string("\0x", 2)) == GATEHOUSE_VERDICT_DENIED);
}

TEST_CASE_FIXTURE(Fixture, "{PLAIN} where it is allowed") {
  Given given;
  given.allow_plain = true;
  open(line("alice", "{PLAIN}open sesame"), given);
  CHECK(ask("alice", "open sesame") == GATEHOUSE_VERDICT_GRANTED);
  CHECK(ask("alice", "open sesam") == GATEHOUSE_VERDICT_DENIED);
}

TEST_CASE_FIXTURE(Fixture, "no time left: unavailable, unclaimed; throttled: stopped before the hash") {
  open(line("alice"));
  FakeCall late;
  late.remaining_ms = 0;
  CHECK(ask("alice", kPassword, late) == GATEHOUSE_VERDICT_UNAVAILABLE);
  CHECK(late.reason == GATEHOUSE_REASON_TIMEOUT);
  FakeCall stopped;
  stopped.claim_goes_on = false;
  CHECK(ask("alice", kPassword, stopped) == GATEHOUSE_VERDICT_UNAVAILABLE);
  CHECK(stopped.reason == GATEHOUSE_REASON_THROTTLED);
  CHECK(stopped.subject.empty());
}

TEST_CASE_FIXTURE(Fixture, "a hash that cannot be computed is unavailable, never an answer") {
  open(line("alice", "$y$j75$abc$" + std::string(43, 'a')));
  FakeCall call;
  CHECK(ask("alice", "secret", call) == GATEHOUSE_VERDICT_UNAVAILABLE);
  CHECK(call.reason == GATEHOUSE_REASON_BACKEND_ERROR);
}

TEST_CASE_FIXTURE(Fixture, "other credentials are not mine") {
  open(line("alice"));
  auto request = password_request("alice", kPassword);
  for (const std::uint32_t kind : {GATEHOUSE_CREDENTIAL_NONE, GATEHOUSE_CREDENTIAL_BEARER, 99U}) {
    request.credential = kind;
    FakeCall call;
    CHECK(gatehouse_plugin_v1()->authenticate(instance, &request, call.handle()) == GATEHOUSE_VERDICT_NOT_MINE);
  }
}

TEST_CASE_FIXTURE(Fixture, "groups come with a grant only") {
  Given given;
  given.groups = folder.write("groups", "staff: alice bob\nadmins: alice\n");
  open(line("alice") + line("bob"), given);
  FakeCall alice;
  CHECK(ask("alice", kPassword, alice) == GATEHOUSE_VERDICT_GRANTED);
  CHECK(alice.groups == std::vector<std::string>{"staff", "admins"});
  FakeCall wrong;
  CHECK(ask("alice", "wrong", wrong) == GATEHOUSE_VERDICT_DENIED);
  CHECK(wrong.groups.empty());
}

TEST_CASE_FIXTURE(Fixture, "HP-28: a changed password, through background()") {
  open(line("alice"));
  CHECK(host.wake_at > host.monotonic);  // start() has looked, and asks for the next
  CHECK(ask("alice", kPassword) == GATEHOUSE_VERDICT_GRANTED);
  folder.write("users", line("alice", "{SHA}AAAAAAAAAAAAAAAAAAAAAAAAAAA="));
  const std::int64_t begin = host.monotonic;
  while (host.invalidated().empty() && host.monotonic < begin + 1000) {
    host.monotonic = std::max(host.wake_at.load(), host.monotonic + 1);
    run_background();
    REQUIRE(host.wake_at >= host.monotonic);
  }
  CHECK(host.invalidated() == std::vector<std::string>{"alice"});
  CHECK(ask("alice", kPassword) == GATEHOUSE_VERDICT_DENIED);
}

TEST_CASE_FIXTURE(Fixture, "start() long after create(): nobody who is gone by then comes in, not even at first") {
  open(line("alice") + line("bob"));
  folder.write("users", line("bob"));
  constexpr std::int64_t kHour = 3'600'000;
  host.monotonic += kHour;
  host.wall = std::chrono::duration_cast<std::chrono::milliseconds>(
                  std::chrono::system_clock::now().time_since_epoch() + std::chrono::milliseconds(kHour))
                  .count();
  REQUIRE(gatehouse_plugin_v1()->start(instance) == 1);
  CHECK(ask("alice", kPassword) == GATEHOUSE_VERDICT_NOT_MINE);
  CHECK(ask("bob", kPassword) == GATEHOUSE_VERDICT_GRANTED);
}

TEST_CASE_FIXTURE(Fixture, "the refusal cost follows the costliest hash that serves") {
  open(line("alice", "$2b$10$" + std::string(53, 'a')));
  const std::uint32_t ten = host.refusal_cost_us;
  CHECK(ten > 5000);
  folder.write("users", line("alice", "$2b$12$" + std::string(53, 'a')));
  for (int i = 0; i < 5; ++i) {
    host.monotonic += 400;
    run_background();
  }
  CHECK(host.refusal_cost_us >= 4 * ten - 8);
  CHECK(host.refusal_cost_us <= 4 * ten + 8);
}

TEST_CASE_FIXTURE(Fixture, "LG-01: passwords and hashes are in no log line and no detail") {
  open(line("alice", "hunter2") + line("bob") + "hunter2\n");
  FakeCall call;
  CHECK(ask("alice", "hunter2", call) == GATEHOUSE_VERDICT_DENIED);
  CHECK(call.detail.find("hunter2") == std::string::npos);
  FakeCall bob;
  CHECK(ask("bob", "hunter2", bob) == GATEHOUSE_VERDICT_DENIED);
  CHECK(bob.detail.find("hunter2") == std::string::npos);
  CHECK_FALSE(host.ever_logged("hunter2"));
  CHECK_FALSE(host.ever_logged("L55TUj"));
}
