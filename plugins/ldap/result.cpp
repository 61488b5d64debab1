// SPDX-License-Identifier: Apache-2.0
#include "result.hpp"

#include <array>
#include <string_view>

#include "text.hpp"

namespace gatehouse::ldap {
namespace {

using plugin::Reason;

// RFC 4511, 4.1.9
constexpr int success = 0;
constexpr int constraint_violation = 19;
constexpr int inappropriate_authentication = 48;
constexpr int invalid_credentials = 49;
constexpr int unwilling_to_perform = 53;

struct Case {
  unsigned code;
  Reason reason;
  std::string_view text;
};

/// draft-behera-ldap-password-policy, 6.2
constexpr std::array policy_cases{Case{0, Reason::expired, "the password has expired"},
                                  Case{1, Reason::locked, "the account is locked"},
                                  Case{2, Reason::must_change, "the password must be changed"}};

/// Windows' error codes, as Active Directory gives them in hexadecimal.
constexpr std::array windows_cases{Case{0x525, Reason::unknown_user, "no such user"},
                                   Case{0x52e, Reason::bad_credential, "wrong password"},
                                   Case{0x52f, Reason::disabled, "the account is restricted"},
                                   Case{0x530, Reason::disabled, "not at this time of day"},
                                   Case{0x531, Reason::disabled, "not from this machine"},
                                   Case{0x532, Reason::expired, "the password has expired"},
                                   Case{0x533, Reason::disabled, "the account is disabled"},
                                   Case{0x569, Reason::disabled, "this kind of login is not granted to the account"},
                                   Case{0x701, Reason::expired, "the account has expired"},
                                   Case{0x773, Reason::must_change, "the password must be changed"},
                                   Case{0x775, Reason::locked, "the account is locked"}};

template <std::size_t Count>
const Case* find(const std::array<Case, Count>& cases, unsigned code) {
  for (const Case& one : cases) {
    if (one.code == code) return &one;
  }
  return nullptr;
}

BindMeaning refused(const Case& why) {
  return {Standing::refused, why.reason, std::string(why.text)};
}

BindMeaning accepted(const BindReply& reply) {
  // Of the policy's errors only "must be changed" comes with success.
  const Case* policy = reply.policy_error ? find(policy_cases, static_cast<unsigned>(*reply.policy_error)) : nullptr;
  if (policy != nullptr) return refused(*policy);
  if (reply.expired_control) return {Standing::refused, Reason::must_change, "the password must be changed"};
  std::string detail;
  if (reply.grace_logins) {
    detail = "the password has expired; " + std::to_string(*reply.grace_logins) + " logins are left";
  }
  return {Standing::accepted, Reason::none, std::move(detail)};
}

/// What 389 Directory Server, and so FreeIPA, says in words only.
BindMeaning unwilling(const BindReply& reply) {
  const std::string words = lowered(reply.diagnostic);
  if (words.find("inactivated") != std::string::npos || words.find("disabled") != std::string::npos) {
    return {Standing::refused, Reason::disabled, "the account is disabled"};
  }
  return {Standing::refused, Reason::disabled, "the server is not willing to sign this account in"};
}

}  // namespace

std::optional<unsigned> windows_code(const std::string& diagnostic) {
  constexpr std::string_view mark = ", data ";
  const std::size_t at = diagnostic.find(mark);
  if (at == std::string::npos || diagnostic.find("LdapErr") == std::string::npos) return std::nullopt;
  unsigned code = 0;
  std::size_t digits = 0;
  for (std::size_t i = at + mark.size(); i < diagnostic.size() && hex_value(diagnostic[i]) >= 0; ++i) {
    if (++digits > 6) return std::nullopt;
    code = code * 16 + static_cast<unsigned>(hex_value(diagnostic[i]));
  }
  if (digits == 0) return std::nullopt;
  return code;
}

BindMeaning meaning_of(const BindReply& reply) {
  if (reply.timed_out) return {Standing::unknown, Reason::timeout, "the server did not answer the bind in time"};
  const Case* policy = reply.policy_error && *reply.policy_error >= 0
                           ? find(policy_cases, static_cast<unsigned>(*reply.policy_error))
                           : nullptr;
  switch (reply.code) {
    case success:
      return accepted(reply);
    case invalid_credentials: {
      if (policy != nullptr) return refused(*policy);
      const auto code = windows_code(reply.diagnostic);
      const Case* windows = code ? find(windows_cases, *code) : nullptr;
      if (windows != nullptr) return refused(*windows);
      return {Standing::refused, Reason::bad_credential, {}};
    }
    case constraint_violation:
      return {Standing::refused, Reason::locked, "the server allows no more tries for this account"};
    case inappropriate_authentication:
      return {Standing::refused, Reason::bad_credential, "the account has no password"};
    case unwilling_to_perform:
      if (policy != nullptr) return refused(*policy);
      return unwilling(reply);
    default:
      return {Standing::unknown, Reason::backend_error, "the bind failed: " + result_text(reply.code)};
  }
}

}  // namespace gatehouse::ldap
