// SPDX-License-Identifier: Apache-2.0
#include "passwd_arguments.hpp"

#include <charconv>
#include <htpasswd/line.hpp>

namespace gatehouse::cli {
namespace {

using htpasswd::Scheme;

constexpr std::string_view usage =
    R"(Usage: gatehouse passwd [-cimB25dpsDv] [-C cost] [-r rounds] FILE USER
       gatehouse passwd -b[cmB25dpsDv] [-C cost] [-r rounds] FILE USER PASSWORD
       gatehouse passwd -n[imB25dps] [-C cost] [-r rounds] USER
       gatehouse passwd -nb[mB25dps] [-C cost] [-r rounds] USER PASSWORD
       gatehouse passwd audit FILE
)";

constexpr std::string_view help = R"(
Makes and changes password files, with the options of Apache's htpasswd.
The password is asked for twice, or read with -i.

  -c         Make a new file; one that is there is emptied
  -n         Change no file: print the line
  -D         Delete the user
  -v         Verify the user's password
  -i         Read the password from standard input, one line
  -b         Take it from the command line, where others can see it
  -B         Hash with bcrypt; this is the default
  -C COST    For bcrypt: 4 to 17, default 12; one more doubles the time of a login
  -5, -2     Hash with SHA-512 or SHA-256 of crypt(3)
  -r ROUNDS  For -5 and -2: 1000 to 999999999, default 5000
  -m         Hash with Apache's MD5 (weak)
  -s         Hash with SHA-1 without a salt (weak; the only one that Envoy reads)
  -d         Hash with DES, passwords of at most 8 bytes (weak; not read without allow_des)
  -p         Write the password as it is (not read without allow_plain)

audit FILE   Tell which lines are weak, too costly, double or malformed, and which
             servers would read each; a file of that name is ./audit

Exits with 0; 1: a file; 2: the command line; 3: the password is wrong or cannot be used;
4: interrupted; 5: too long; 6: the user's name; 7: not a password file.
)";

constexpr std::size_t longest_user = 255;
constexpr unsigned long most_rounds = 999'999'999;

PasswdParsed over(int exit, std::string error) {
  PasswdParsed parsed;
  parsed.exit = exit;
  parsed.error = std::move(error);
  return parsed;
}

PasswdParsed misuse(std::string error = {}) {
  if (!error.empty()) error += '\n';
  return over(passwd_usage, error.append(usage));
}

/// What the letters say, before it is known which of it goes together.
struct Letters {
  PasswdArguments& arguments;
  unsigned actions = 0;
  std::optional<unsigned long> cost{};
  std::optional<unsigned long> rounds{};

  void act(PasswdAction action) {
    arguments.action = action;
    ++actions;
  }

  /// False if there is no such letter.
  bool take(char letter) {
    switch (letter) {
      case 'c':
        return act(PasswdAction::create), true;
      case 'n':
        return act(PasswdAction::print), true;
      case 'D':
        return act(PasswdAction::remove), true;
      case 'v':
        return act(PasswdAction::verify), true;
      case 'b':
        return arguments.from = PasswordFrom::argument, true;
      case 'i':
        return arguments.from = PasswordFrom::standard_input, true;
      case 'B':
        return arguments.scheme = Scheme::bcrypt, true;
      case 'm':
        return arguments.scheme = Scheme::apr1, true;
      case '2':
        return arguments.scheme = Scheme::sha256_crypt, true;
      case '5':
        return arguments.scheme = Scheme::sha512_crypt, true;
      case 'd':
        return arguments.scheme = Scheme::des, true;
      case 's':
        return arguments.scheme = Scheme::sha1, true;
      case 'p':
        return arguments.scheme = Scheme::plain, true;
      default:
        return false;
    }
  }
};

std::optional<unsigned long> positive(std::string_view text) {
  unsigned long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0) return std::nullopt;
  return value;
}

/// Takes the options off the front of `words`; gives the number of words taken, or the end of the program.
std::optional<PasswdParsed> take_options(const std::vector<std::string_view>& words, std::size_t& at,
                                         Letters& letters) {
  for (; at < words.size() && words[at].size() > 1 && words[at].front() == '-'; ++at) {
    if (words[at] == "--") return ++at, std::nullopt;
    if (words[at] == "--help" || words[at] == "-h") {
      PasswdParsed parsed;
      parsed.exit = passwd_ok;
      parsed.output = std::string(usage).append(help);
      return parsed;
    }
    std::string_view cluster = words[at].substr(1);
    while (!cluster.empty()) {
      const char letter = cluster.front();
      cluster.remove_prefix(1);
      if (letters.take(letter)) continue;
      if (letter != 'C' && letter != 'r') return misuse(std::string("unknown option -") + letter);
      if (cluster.empty() && ++at == words.size()) return misuse(std::string("a number is missing after -") + letter);
      const auto value = positive(cluster.empty() ? words[at] : cluster);
      if (!value) return over(passwd_usage, std::string("what follows -") + letter + " is a number above 0");
      (letter == 'C' ? letters.cost : letters.rounds) = value;
      break;
    }
  }
  return std::nullopt;
}

/// Fits -C and -r to the scheme: what it has not is ignored, as Apache does.
std::optional<PasswdParsed> fit_cost(const Letters& letters, std::string& warning) {
  PasswdArguments& arguments = letters.arguments;
  const bool bcrypt = arguments.scheme == Scheme::bcrypt;
  const bool sha = arguments.scheme == Scheme::sha256_crypt || arguments.scheme == Scheme::sha512_crypt;
  if (letters.cost && !bcrypt) warning = "-C is for bcrypt (-B): ignored";
  if (letters.rounds && !sha) warning = "-r is for -2 and -5: ignored";
  if (letters.cost && bcrypt) {
    if (*letters.cost < 4 || *letters.cost > 17) return over(passwd_not_verified, "-C is a number from 4 to 17");
    arguments.cost = *letters.cost;
  }
  if (letters.rounds && sha) {
    if (*letters.rounds > most_rounds) return over(passwd_usage, "-r is a number from 1000 to 999999999");
    arguments.cost = *letters.rounds;
  }
  return std::nullopt;
}

std::optional<PasswdParsed> check_user(std::string_view user) {
  if (user.size() > longest_user) return over(passwd_too_long, "the user's name is longer than 255 bytes");
  if (user.find(':') != std::string_view::npos) {
    return over(passwd_bad_user, "the user's name has a colon, which ends it in the file");
  }
  if (!htpasswd::is_name(user)) {
    return over(passwd_bad_user,
                "the user's name is empty, has control characters or is not UTF-8: nobody can send it");
  }
  if (user.front() == '#')
    return over(passwd_bad_user, "the user's name begins with #, which makes the line a comment");
  return std::nullopt;
}

}  // namespace

PasswdParsed parse_passwd(const std::vector<std::string_view>& words) {
  PasswdParsed parsed;
  PasswdArguments& arguments = parsed.arguments;
  if (!words.empty() && words[0] == "audit") {
    if (words.size() == 2 && words[1] == "--help") return parse_passwd({"--help"});
    if (words.size() != 2) return misuse("audit takes one FILE");
    arguments.action = PasswdAction::audit;
    arguments.file = words[1];
    return parsed;
  }
  Letters letters{arguments};
  std::size_t at = 0;
  if (auto end = take_options(words, at, letters)) return *std::move(end);
  if (letters.actions > 1) return over(passwd_usage, "only one of -c, -n, -v and -D");
  const std::size_t file = arguments.action == PasswdAction::print ? 0 : 1;
  const std::size_t password = arguments.from == PasswordFrom::argument ? 1 : 0;
  if (words.size() - at != file + 1 + password) return misuse();
  if (file == 1) arguments.file = words[at];
  arguments.user = words[at + file];
  if (password == 1) arguments.password = at + file + 1;
  if (auto end = check_user(arguments.user)) return *std::move(end);
  if (auto end = fit_cost(letters, parsed.warning)) return *std::move(end);
  return parsed;
}

}  // namespace gatehouse::cli
