// SPDX-License-Identifier: Apache-2.0
// The example of the documentation, through the symbol that its macro defines.
#include <doctest/doctest.h>
#include <gatehouse/plugin.h>
#include <fake_plugin_host.hpp>

using gatehouse::test::c_str;
using gatehouse::test::FakeCall;
using gatehouse::test::FakeHost;
using gatehouse::test::password_request;

extern "C" const gatehouse_plugin* gatehouse_plugin_v1(void);

namespace {
void* create(FakeHost& host, std::string_view user, std::string_view password) {
  const gatehouse_option_value values[2] = {{GATEHOUSE_OPTION_TEXT, 1, 0, c_str(user), nullptr, 0},
                                            {GATEHOUSE_OPTION_TEXT, 1, 0, c_str(password), nullptr, 0}};
  return gatehouse_plugin_v1()->create(host.handle(), FakeHost::api(), values, 2);
}
gatehouse_verdict ask(void* instance, std::string_view user, std::string_view password, FakeCall& call) {
  const auto request = password_request(user, password);
  return gatehouse_plugin_v1()->authenticate(instance, &request, call.handle());
}
}  // namespace

TEST_CASE("static-user: empty options are refused") {
  FakeHost host;
  CHECK(create(host, "", "secret") == nullptr);
  CHECK(create(host, "alice", "") == nullptr);
  REQUIRE(host.config_errors().size() == 2);
  CHECK(host.config_errors()[0].first == "user");
  CHECK(host.config_errors()[1].first == "password");
}

TEST_CASE("static-user: only the one user with the one password") {
  FakeHost host;
  void* instance = create(host, "alice", "open sesame");
  REQUIRE(instance != nullptr);
  FakeCall other, wrong, longer, empty, stopped, right;
  CHECK(ask(instance, "Alice", "open sesame", other) == GATEHOUSE_VERDICT_NOT_MINE);
  CHECK(other.claimed.empty());
  CHECK(ask(instance, "alice", "open sesamE", wrong) == GATEHOUSE_VERDICT_DENIED);
  CHECK(wrong.claimed == "alice");
  CHECK(ask(instance, "alice", "open sesame ", longer) == GATEHOUSE_VERDICT_DENIED);
  CHECK(ask(instance, "alice", "", empty) == GATEHOUSE_VERDICT_DENIED);
  stopped.claim_goes_on = false;
  CHECK(ask(instance, "alice", "open sesame", stopped) == GATEHOUSE_VERDICT_UNAVAILABLE);
  CHECK(ask(instance, "alice", "open sesame", right) == GATEHOUSE_VERDICT_GRANTED);
  CHECK(right.subject == "alice");
  gatehouse_plugin_v1()->destroy(instance);
}
