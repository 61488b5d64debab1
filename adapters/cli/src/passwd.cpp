// SPDX-License-Identifier: Apache-2.0
// gatehouse passwd: Apache's htpasswd, with safer habits.
#include <string.h>  // explicit_bzero
#include <unistd.h>

#include <csignal>
#include <htpasswd/hash_shape.hpp>
#include <htpasswd/make_hash.hpp>
#include <htpasswd/verify.hpp>
#include <iostream>
#include <memory>
#include <utility>
#include <variant>

#include "commands.hpp"
#include "passwd_arguments.hpp"
#include "passwd_audit.hpp"
#include "passwd_file.hpp"
#include "passwd_lines.hpp"
#include "terminal.hpp"

namespace gatehouse::cli {
namespace {

using htpasswd::Scheme;

constexpr std::size_t longest_password = 255;  // as in Apache's tool, like the next
constexpr std::size_t longest_record = 254;
constexpr unsigned long bcrypt_cost = 12;

/// What ended the command early, and with which exit code.
struct Fault {
  int exit;
  std::string message;
};

template <typename T>
using Outcome = std::variant<T, Fault>;

extern "C" void end_interrupted(int /*signal*/) {
  constexpr std::string_view text = "Interrupted.\n";
  static_cast<void>(!write(STDERR_FILENO, text.data(), text.size()));
  _exit(passwd_interrupted);
}

void tell(std::string_view text) {
  std::cerr << printable(text) << '\n';
}

Fault file_fault(const Error& error) {
  return {passwd_file_problem, error.message};
}

Outcome<FileText> read_entries(Result<FileText> text, const std::string& path) {
  if (!text) return file_fault(text.error());
  if (const auto line = first_foreign_line(text->view())) {
    return Fault{passwd_not_a_password_file,
                 path + " is not a password file: line " + std::to_string(*line) + " has no colon"};
  }
  return *std::move(text);
}

Outcome<FileText> read_entries(const std::string& path) {
  auto content = read_passwd_file(path);
  if (!content) return file_fault(content.error());
  return read_entries(std::move(content->text), path);
}

class Passwd {
 public:
  Passwd(PasswdArguments arguments, Secret given) : arguments_(std::move(arguments)), given_(std::move(given)) {}

  std::optional<Fault> run() {
    switch (arguments_.action) {
      case PasswdAction::verify:
        return verify();
      case PasswdAction::remove:
        return remove();
      default:
        return set();
    }
  }

 private:
  std::optional<Fault> set() {
    const bool print = arguments_.action == PasswdAction::print;
    const bool create = arguments_.action == PasswdAction::create;
    if (!print && !create) {
      // Before anybody types a password for nothing.
      auto text = read_entries(arguments_.file);
      if (auto* fault = std::get_if<Fault>(&text)) return without_create(*fault);
    }
    auto password = new_password();
    if (auto* fault = std::get_if<Fault>(&password)) return *fault;
    auto record = make_record(std::get<Secret>(password).view());
    if (auto* fault = std::get_if<Fault>(&record)) return *fault;
    const FileText line(std::move(std::get<std::string>(record)));
    if (print) {
      std::cout << line.view() << std::endl;
      return std::nullopt;
    }
    auto file = PasswdFile::lock(arguments_.file, create);
    if (!file) return file_fault(file.error());
    auto text = create ? Outcome<FileText>(FileText()) : read_entries(file->read(), arguments_.file);
    if (auto* fault = std::get_if<Fault>(&text)) return *fault;
    const std::string_view before = std::get<FileText>(text).view();
    const bool known = hash_of(before, arguments_.user).has_value();
    const FileText after(with_record(before, arguments_.user, line.view()));
    if (auto done = file->replace(after.view()); !done) return file_fault(done.error());
    tell((known ? "Updating" : "Adding") + std::string(" password for user ") + arguments_.user);
    return std::nullopt;
  }

  std::optional<Fault> remove() {
    auto file = PasswdFile::lock(arguments_.file, false);
    if (!file) return file_fault(file.error());
    auto text = read_entries(file->read(), arguments_.file);
    if (auto* fault = std::get_if<Fault>(&text)) return *fault;
    const std::string_view before = std::get<FileText>(text).view();
    if (!hash_of(before, arguments_.user)) {
      tell("User " + arguments_.user + " not found");
      return std::nullopt;
    }
    const FileText after(without_user(before, arguments_.user));
    if (auto done = file->replace(after.view()); !done) return file_fault(done.error());
    tell("Deleting password for user " + arguments_.user);
    return std::nullopt;
  }

  std::optional<Fault> verify() {
    auto text = read_entries(arguments_.file);
    if (auto* fault = std::get_if<Fault>(&text)) return *fault;
    const auto hash = hash_of(std::get<FileText>(text).view(), arguments_.user);
    auto password = one_password("Enter password: ");
    if (auto* fault = std::get_if<Fault>(&password)) return *fault;
    if (!hash) return Fault{passwd_bad_user, "User " + arguments_.user + " not found"};
    const htpasswd::Policy everything{.allow_plain = true, .allow_des = true, .max_bcrypt_cost = 17};
    const Scheme scheme = htpasswd::shape_of(*hash, everything).scheme;
    if (const auto why = htpasswd::complaint(scheme); !why.empty()) {
      return Fault{passwd_not_verified, "the line of " + arguments_.user + " has " + std::string(why)};
    }
    switch (htpasswd::verify(htpasswd::Digests(), scheme, *hash, std::get<Secret>(password).view())) {
      case htpasswd::Match::yes:
        tell("Password for user " + arguments_.user + " correct.");
        return std::nullopt;
      case htpasswd::Match::no:
        return Fault{passwd_not_verified, "password verification failed"};
      case htpasswd::Match::failed:
        break;
    }
    return Fault{passwd_not_verified, "the hash could not be computed"};
  }

  Fault without_create(Fault fault) const {
    if (fault.exit == passwd_file_problem && access(arguments_.file.c_str(), F_OK) != 0) {
      fault.message += "; -c makes a new file";
    }
    return fault;
  }

  Outcome<Secret> one_password(const std::string& question) {
    if (arguments_.from == PasswordFrom::argument) return std::move(given_);
    auto secret =
        arguments_.from == PasswordFrom::standard_input ? read_password_line(STDIN_FILENO) : ask_password(question);
    if (!secret) {
      const bool too_long = secret.error().message == password_too_long;
      return Fault{too_long ? passwd_too_long : passwd_not_verified, secret.error().message};
    }
    if (secret->view().size() > longest_password)
      return Fault{passwd_too_long, "the password is longer than 255 bytes"};
    return *std::move(secret);
  }

  Outcome<Secret> new_password() {
    auto password = one_password("New password: ");
    if (std::holds_alternative<Fault>(password)) return password;
    if (arguments_.from == PasswordFrom::prompt) {
      auto again = one_password("Re-type new password: ");
      if (std::holds_alternative<Fault>(again)) return again;
      if (std::get<Secret>(password).view() != std::get<Secret>(again).view()) {
        return Fault{passwd_not_verified, "password verification error: the two are not the same"};
      }
    }
    if (auto fault = unusable(std::get<Secret>(password).view())) return *std::move(fault);
    return password;
  }

  /// Why nobody could ever log in with this password.
  std::optional<Fault> unusable(std::string_view password) const {
    if (password.empty()) return Fault{passwd_not_verified, "an empty password lets nobody in"};
    for (const char c : password) {
      if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) {
        return Fault{passwd_not_verified, "the password has a control character, which no client can send"};
      }
    }
    if (const std::size_t most = htpasswd::longest_password(arguments_.scheme); password.size() > most) {
      return Fault{passwd_too_long, std::string(htpasswd::scheme_name(arguments_.scheme)) + " takes passwords of " +
                                        std::to_string(most) + " bytes at most; what follows would not count"};
    }
    if (arguments_.scheme == Scheme::plain && password.find(':') != std::string_view::npos) {
      return Fault{passwd_not_verified, "a password that is written as it is cannot have a colon, which ends it"};
    }
    return std::nullopt;
  }

  Outcome<std::string> make_record(std::string_view password) const {
    warn_of_scheme();
    const unsigned long cost =
        arguments_.scheme == Scheme::bcrypt && arguments_.cost == 0 ? bcrypt_cost : arguments_.cost;
    auto hash = htpasswd::make_hash(htpasswd::Digests(), arguments_.scheme, cost, password);
    if (!hash) return Fault{passwd_not_verified, "the password could not be hashed"};
    std::string record = arguments_.user + ":" + *hash;
    explicit_bzero(hash->data(), hash->size());  // -p
    if (record.size() > longest_record) return Fault{passwd_too_long, "the line would be longer than 254 bytes"};
    return record;
  }

  void warn_of_scheme() const {
    const htpasswd::Policy usual;
    switch (arguments_.scheme) {
      case Scheme::plain:
        tell(
            "Warning: the password is in the file for all to read. nginx takes it; gatehouse with allow_plain = true; "
            "Apache does not.");
        break;
      case Scheme::des:
        tell("Warning: DES compares 8 bytes and is guessed in hours. gatehouse takes it with allow_des = true only.");
        break;
      case Scheme::bcrypt:
        if (arguments_.cost > usual.max_bcrypt_cost)
          tell("Warning: gatehouse takes this cost only with a higher max_bcrypt_cost.");
        break;
      case Scheme::sha256_crypt:
      case Scheme::sha512_crypt:
        if (arguments_.cost > usual.max_sha_crypt_rounds)
          tell("Warning: gatehouse takes this many rounds only with a higher max_sha_crypt_rounds.");
        break;
      default:
        break;
    }
  }

  PasswdArguments arguments_;
  Secret given_;  // from -b
};

/// The password from the command line, where it is then no more to be seen.
Outcome<Secret> take_argument(char* word) {
  Secret secret;
  const std::string_view text(word);
  bool fits = text.size() <= longest_password;
  for (const char c : text) fits = fits && secret.add(c);
  explicit_bzero(word, text.size());
  if (!fits) return Fault{passwd_too_long, "the password is longer than 255 bytes"};
  return secret;
}

int end_with(const Fault& fault) {
  print_error(fault.message);
  return fault.exit;
}

}  // namespace

int passwd(int argc, char** argv) {
  const std::vector<std::string_view> words(argv, argv + argc);
  PasswdParsed parsed = parse_passwd(words);
  if (parsed.exit) {
    std::cout << parsed.output << std::flush;
    print_error(parsed.error);
    return *parsed.exit;
  }
  if (parsed.arguments.action == PasswdAction::audit) return passwd_audit(parsed.arguments.file);
  struct sigaction interrupted = {};
  interrupted.sa_handler = end_interrupted;
  sigaction(SIGINT, &interrupted, nullptr);
  if (!parsed.warning.empty()) tell("Warning: " + parsed.warning);
  Secret given;
  if (parsed.arguments.from == PasswordFrom::argument) {
    auto taken = take_argument(argv[parsed.arguments.password]);
    if (auto* fault = std::get_if<Fault>(&taken)) return end_with(*fault);
    given = std::move(std::get<Secret>(taken));
  }
  const auto fault = Passwd(std::move(parsed.arguments), std::move(given)).run();
  return fault ? end_with(*fault) : passwd_ok;
}

}  // namespace gatehouse::cli
