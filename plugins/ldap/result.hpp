// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What a server's answer to a bind means.
#include <gatehouse/plugin/verdict.hpp>
#include <optional>
#include <string>

namespace gatehouse::ldap {

/// What came back. Codes are those of RFC 4511, 4.1.9; negative ones are libldap's own.
struct BindReply {
  int code = -1;
  std::string diagnostic{};           ///< the server's words; never shown: a server may repeat what it was sent
  std::optional<int> policy_error{};  ///< of the password policy control
  std::optional<int> grace_logins{};  ///< left, after the password expired
  bool expired_control = false;       ///< Netscape's older way to say that the password must be changed
  [[nodiscard]] bool lost() const noexcept { return code < 0; }  ///< no answer: the connection is of no use any more
  bool timed_out = false;
};

enum class Standing { accepted, refused, unknown };

struct BindMeaning {
  Standing standing = Standing::unknown;
  plugin::Reason reason = plugin::Reason::backend_error;
  std::string detail{};  ///< for the log
};

[[nodiscard]] BindMeaning meaning_of(const BindReply& reply);

/// The number after "data" in what Active Directory says, such as 0x775.
[[nodiscard]] std::optional<unsigned> windows_code(const std::string& diagnostic);

/// The name of a result code.
[[nodiscard]] std::string result_text(int code);

}  // namespace gatehouse::ldap
