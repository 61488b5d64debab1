// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <result.hpp>

using namespace gatehouse::ldap;
using gatehouse::plugin::Reason;

namespace {
BindReply with(int code, const char* diagnostic = "") {
  BindReply reply;
  reply.code = code;
  reply.diagnostic = diagnostic;
  return reply;
}
std::string windows(const char* data) {
  return std::string("80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data ") + data +
         ", v4563";
}
}  // namespace

TEST_CASE("nothing but success is accepted") {
  for (int code = -20; code < 256; ++code) {
    CAPTURE(code);
    CHECK((meaning_of(with(code)).standing == Standing::accepted) == (code == 0));
  }
  CHECK(meaning_of(BindReply{}).standing == Standing::unknown);
}

TEST_CASE("what a refusal of the person is, and what of the server") {
  for (const int code : {19, 48, 49, 53}) CHECK(meaning_of(with(code)).standing == Standing::refused);
  for (const int code : {1, 2, 3, 4, 7, 8, 10, 11, 13, 14, 32, 34, 50, 51, 52, 80, -1, -5}) {
    CAPTURE(code);
    CHECK(meaning_of(with(code)).standing == Standing::unknown);
  }
  BindReply late = with(-1);
  late.timed_out = true;
  CHECK(meaning_of(late).reason == Reason::timeout);
}

TEST_CASE("the codes of Active Directory") {
  const auto reason = [](const char* data) { return meaning_of(with(49, windows(data).c_str())).reason; };
  CHECK(reason("52e") == Reason::bad_credential);
  CHECK(reason("525") == Reason::unknown_user);
  CHECK(reason("530") == Reason::disabled);
  CHECK(reason("531") == Reason::disabled);
  CHECK(reason("532") == Reason::expired);
  CHECK(reason("533") == Reason::disabled);
  CHECK(reason("701") == Reason::expired);
  CHECK(reason("773") == Reason::must_change);
  CHECK(reason("775") == Reason::locked);
  CHECK(reason("0") == Reason::bad_credential);
  CHECK(windows_code(windows("52E")) == 0x52eU);
  CHECK_FALSE(windows_code(windows("")));
  CHECK_FALSE(windows_code(windows("7757757757")));
  CHECK_FALSE(windows_code("data 775"));
  CHECK(meaning_of(with(0, windows("775").c_str())).standing == Standing::accepted);
}

TEST_CASE("password policy") {
  const auto policy = [](int code, int error) {
    BindReply reply = with(code);
    reply.policy_error = error;
    return meaning_of(reply);
  };
  CHECK(policy(49, 0).reason == Reason::expired);
  CHECK(policy(49, 1).reason == Reason::locked);
  CHECK(policy(49, 2).reason == Reason::must_change);
  CHECK(policy(49, 7).reason == Reason::bad_credential);
  CHECK(policy(0, 2).standing == Standing::refused);
  CHECK(policy(0, 2).reason == Reason::must_change);
  CHECK(policy(0, 7).standing == Standing::accepted);
  BindReply expired = with(0);
  expired.expired_control = true;
  CHECK(meaning_of(expired).standing == Standing::refused);
  BindReply grace = with(0);
  grace.grace_logins = 2;
  CHECK(meaning_of(grace).standing == Standing::accepted);
  CHECK(meaning_of(grace).detail.find("2 logins") != std::string::npos);
}

TEST_CASE("a server's words are never repeated") {
  for (int code = -5; code < 130; ++code) {
    CAPTURE(code);
    CHECK(meaning_of(with(code, "hunter2")).detail.find("hunter2") == std::string::npos);
  }
}
