// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The command line of `gatehouse passwd`, which is that of Apache's htpasswd.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <htpasswd/scheme.hpp>

namespace gatehouse::cli {

/// What the process says to who started it: the numbers of Apache's htpasswd.
inline constexpr int passwd_ok = 0;
inline constexpr int passwd_file_problem = 1;
inline constexpr int passwd_usage = 2;
inline constexpr int passwd_not_verified = 3;  ///< two passwords that differ, a wrong one, or one that is not usable
inline constexpr int passwd_interrupted = 4;
inline constexpr int passwd_too_long = 5;
inline constexpr int passwd_bad_user = 6;  ///< also: with -v, no such user
inline constexpr int passwd_not_a_password_file = 7;

enum class PasswdAction { update, create, print, remove, verify, audit };
enum class PasswordFrom { prompt, argument, standard_input };

struct PasswdArguments {
  PasswdAction action = PasswdAction::update;
  htpasswd::Scheme scheme = htpasswd::Scheme::bcrypt;
  unsigned long cost = 0;  ///< of -C or -r where the scheme has it; 0: not given
  PasswordFrom from = PasswordFrom::prompt;
  std::string file;
  std::string user;
  std::size_t password = 0;  ///< of -b: which argument it is
};

/// Either `exit` says that the program is over, with `output` or `error` to print, or `arguments` is what to do.
struct PasswdParsed {
  std::optional<int> exit;
  std::string output;
  std::string error;
  std::string warning;
  PasswdArguments arguments;
};

/// `words` stand after `gatehouse passwd`. None is repeated in an error: it may be a password.
[[nodiscard]] PasswdParsed parse_passwd(const std::vector<std::string_view>& words);

}  // namespace gatehouse::cli
