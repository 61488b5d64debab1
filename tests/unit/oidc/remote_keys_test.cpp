// SPDX-License-Identifier: Apache-2.0
// Group JK of the catalogue: how often a provider is asked, and what counts while it lies or is down.
#include <doctest/doctest.h>
#include <remote_keys.hpp>

#include <fake_plugin_host.hpp>
#include <future>
#include <thread>

#include "loopback_server.hpp"
#include "signer.hpp"

using namespace gatehouse::oidc;
using namespace gatehouse::oidc::test;
using gatehouse::test::FakeHost;

namespace {

constexpr milliseconds kNoPatience{0};
constexpr milliseconds kLong{30'000};

struct Fixture {
  std::mutex mutex;
  std::string jwks = rsa_signer().jwks();
  std::string status = "200 OK";
  LoopbackServer server{[this](const LoopbackServer::Request& request) {
    const std::lock_guard lock(mutex);
    if (request.path == "/.well-known/openid-configuration") {
      return http_reply(R"({"issuer":")" + server.url() + R"(","jwks_uri":")" + server.url() + R"(/keys"})");
    }
    return http_reply(jwks, status);
  }};
  FakeHost fake;
  HttpClient http{{.http_on_loopback = true}};
  RemoteKeys keys{{fake.handle(), FakeHost::api()}, http, {.issuer = server.url(), .jwks_uri = {}}};

  void publish(const std::string& text, const std::string& with_status = "200 OK") {
    const std::lock_guard lock(mutex);
    jwks = text;
    status = with_status;
  }
  void pass(milliseconds time) { fake.monotonic += time.count(); }
  [[nodiscard]] std::size_t fetches() const { return server.count("/keys"); }
  [[nodiscard]] std::string id() const {
    return keys.current() ? keys.current()->keys().front().id().value_or("?") : "";
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "keys are found, fetched, and fetched again when it is time") {
  keys.start();
  CHECK(fake.wake_at == fake.monotonic);
  CHECK(id() == "");
  keys.refresh();
  CHECK(id() == "rsa-1");
  CHECK(fake.wake_at == fake.monotonic + 900'000);
  keys.refresh();
  CHECK(fetches() == 1);
  pass(milliseconds(900'000));
  keys.refresh();
  CHECK(fetches() == 2);
  CHECK(server.count("/.well-known/openid-configuration") == 1);
  CHECK(fake.invalidated().empty());
}

TEST_CASE_FIXTURE(Fixture, "JK-07: a key that is withdrawn counts no longer, nor what it let in") {
  keys.refresh();
  publish(ec_signer().jwks());
  pass(milliseconds(900'000));
  keys.refresh();
  CHECK(id() == "ec-1");
  CHECK(fake.invalidated() == std::vector<std::string>{""});
}

TEST_CASE_FIXTURE(Fixture, "JK-07: nobody is asked of new keys before what the old ones let in is dropped") {
  keys.refresh();
  publish(ec_signer().jwks());
  pass(milliseconds(900'000));
  std::future<Keys> seen;
  fake.on_change = [&] {
    seen = std::async(std::launch::async, [&] { return keys.current(); });
    CHECK(seen.wait_for(milliseconds(50)) == std::future_status::timeout);
  };
  keys.refresh();
  REQUIRE(seen.valid());
  CHECK(seen.get()->keys().front().id() == "ec-1");
}

TEST_CASE_FIXTURE(Fixture, "JK-07: a host that knows of states is told which keys count, by each process alike") {
  fake.has_source_extension = true;
  keys.start();
  CHECK(fake.states().empty());  // nothing is known yet, and that is no state to announce to others
  keys.refresh();
  const std::string first = keys.current()->name();
  publish(ec_signer().jwks());
  pass(milliseconds(900'000));
  keys.refresh();
  pass(milliseconds(900'000));
  keys.refresh();
  const std::string second = keys.current()->name();
  CHECK(fake.states() == std::vector{first, second, second});
  CHECK(first != second);
  CHECK(fake.invalidated().empty());
}

TEST_CASE_FIXTURE(Fixture, "JK-07, JK-10: all who miss a key wait for one fetch") {
  keys.refresh();
  const Keys seen = keys.current();
  publish(R"({"keys":[)" + rsa_signer().jwk() + "," + ec_signer().jwk() + "]}");
  pass(milliseconds(30'000));
  std::atomic<int> found{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 2; ++i) {
    callers.emplace_back([&] {
      const auto newer = keys.newer_than(seen, kLong, {});
      if (newer.certain && newer.keys && newer.keys->size() == 2) ++found;
    });
  }
  while (fake.wake_at != fake.monotonic) std::this_thread::yield();
  keys.refresh();
  for (auto& caller : callers) caller.join();
  CHECK(found == 2);
  CHECK(keys.newer_than(seen, kNoPatience, {}).keys->size() == 2);
  CHECK(fetches() == 2);
}

TEST_CASE_FIXTURE(Fixture, "JK-08: ten thousand unknown keys cause no fetch within the interval") {
  keys.refresh();
  fake.wake_at = -1;
  for (int i = 0; i < 10'000; ++i) {
    const auto newer = keys.newer_than(keys.current(), kLong, {});
    CHECK(newer.certain);
    CHECK(newer.keys == keys.current());
  }
  CHECK(fake.wake_at == -1);
  CHECK(fetches() == 1);
}

TEST_CASE_FIXTURE(Fixture, "who finds two waiting does not wait too, and is not told that there is no key") {
  keys.refresh();
  const Keys seen = keys.current();
  pass(milliseconds(30'000));
  std::vector<std::thread> callers;
  std::atomic<int> turned_away{0};
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&] {
      if (!keys.newer_than(seen, kLong, {}).certain) ++turned_away;
    });
  }
  while (turned_away == 0) std::this_thread::yield();
  keys.refresh();
  for (auto& caller : callers) caller.join();
  CHECK(turned_away == 1);
}

TEST_CASE_FIXTURE(
    Fixture,
    "JK-02, JK-19: the last good keys count while the provider is down or lies, and no longer than max_stale") {
  keys.refresh();
  for (const auto& [text, with] :
       std::vector<std::pair<std::string, std::string>>{{"", "500 Oops"},
                                                        {"{}", "200 OK"},
                                                        {R"({"error":"x"})", "200 OK"},
                                                        {"<html>", "200 OK"},
                                                        {ec_signer().jwks(), "302 Found"},
                                                        {secret_signer().jwks(), "200 OK"},
                                                        {std::string(600'000, ' '), "200 OK"}}) {
    publish(text, with);
    pass(milliseconds(900'000));
    keys.refresh();
    CHECK(id() == "rsa-1");
    CHECK_FALSE(keys.newer_than(keys.current(), kNoPatience, {}).certain);
  }
  CHECK(fake.logged(GATEHOUSE_LOG_WARNING, "the last good ones stay in force"));
  pass(milliseconds(86'400'000));
  CHECK(keys.current() == nullptr);
  CHECK_FALSE(keys.newer_than(nullptr, kNoPatience, {}).keys);
  publish(ec_signer().jwks());
  keys.refresh();
  CHECK(id() == "ec-1");
}

TEST_CASE_FIXTURE(Fixture, "JK-23: a provider that fails is asked less and less, and no caller hurries that") {
  publish("", "503 Busy");
  keys.refresh();
  for (const std::int64_t wait : {30'000, 60'000, 60'000}) {
    CHECK(fake.wake_at == fake.monotonic + wait);
    CHECK_FALSE(keys.newer_than(nullptr, kLong, {}).keys);
    pass(milliseconds(wait));
    keys.refresh();
  }
  CHECK(fetches() == 4);
  CHECK(fake.logged(GATEHOUSE_LOG_ERROR, "nobody can come in"));
}

TEST_CASE_FIXTURE(Fixture, "JK-16: a caller for whom nobody waits any longer does not wait either") {
  std::atomic<bool> wanted{true};
  std::thread caller([&] { CHECK_FALSE(keys.newer_than(nullptr, kLong, [&] { return wanted.load(); }).certain); });
  while (fake.wake_at == -1) std::this_thread::yield();
  wanted = false;
  caller.join();
}

TEST_CASE_FIXTURE(Fixture, "JK-16: a fetch that takes long lets the host look up in between") {
  std::atomic<bool> go{false};
  server.answer_with([&](const LoopbackServer::Request&) {
    while (!go) std::this_thread::sleep_for(milliseconds(5));
    return http_reply(rsa_signer().jwks());
  });
  const HttpClient patient({.http_on_loopback = true, .timeout = milliseconds(60'000)});
  RemoteKeys slow({fake.handle(), FakeHost::api()}, patient, {.jwks_uri = server.url() + "/keys"});
  slow.refresh();
  CHECK(fake.wake_at == fake.monotonic);
  CHECK(slow.current() == nullptr);
  slow.refresh();
  CHECK(fake.wake_at == fake.monotonic);
  go = true;
  while (slow.current() == nullptr) slow.refresh();
  CHECK(fake.wake_at == fake.monotonic + 900'000);
  CHECK(fetches() == 1);
}

TEST_CASE_FIXTURE(Fixture, "JK-17: a step of the wall clock changes nothing") {
  keys.refresh();
  fake.wall += 365LL * 86'400'000;
  CHECK(id() == "rsa-1");
  fake.wall = 0;
  CHECK(id() == "rsa-1");
}
