// SPDX-License-Identifier: Apache-2.0
#include "arguments.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "exit_codes.hpp"

namespace {

using gatehouse::cli::Command;

gatehouse::cli::Parsed parse(const std::vector<const char*>& words) {
  std::vector<const char*> argv = {"gatehouse"};
  argv.insert(argv.end(), words.begin(), words.end());
  return gatehouse::cli::parse(static_cast<int>(argv.size()), argv.data());
}

std::string error_of(const std::vector<const char*>& words) {
  const auto parsed = parse(words);
  REQUIRE(parsed.exit.has_value());
  CHECK(*parsed.exit == gatehouse::cli::exit_usage);
  CHECK(parsed.output.empty());
  return parsed.error;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a wrong command line is refused with what to do") {
  CHECK(has(error_of({}),
            "serve, check, login, passwd, rules, plugin, token, cache or throttle\nTry 'gatehouse --help'."));
  CHECK(has(error_of({"plugin"}), "plugin list, plugin describe or plugin check\nTry 'gatehouse plugin --help'."));
  CHECK(has(error_of({"server"}), "unknown command server; there is: serve"));
  CHECK(has(error_of({"plugin", "show"}), "unknown command plugin show; there is: list"));
  CHECK(has(error_of({"serve"}), "--config FILE, or --backend URI"));
  CHECK(has(error_of({"check"}), "--config FILE, or --backend URI"));
  CHECK(has(error_of({"login", "alice"}), "--config FILE, or --backend URI"));
  CHECK(has(error_of({"login", "--backend", "htpasswd:/x"}), "USER is required"));
  CHECK(has(error_of({"check", "bob", "--backend", "htpasswd:/x"}), "unexpected argument bob"));
  const auto with_password = error_of({"login", "alice", "hunter2", "--backend", "htpasswd:/x"});
  CHECK(has(with_password, "standard input with -i"));
  CHECK_FALSE(has(with_password, "hunter2"));
  CHECK(has(error_of({"check", "--config", "a", "--backend", "b:c"}), "--config excludes --backend"));
  CHECK(has(error_of({"check", "--config", "a", "--config", "b"}), "--config"));
  CHECK(has(error_of({"check", "--config"}), "--config"));
  CHECK(has(error_of({"plugin", "describe"}), "NAME is required"));
  CHECK(has(error_of({"plugin", "check", "x", "--plugin-dir", "/no/such/folder"}), "/no/such/folder"));
}

TEST_CASE("a number of threads is 1 to 256") {
  for (const char* wrong : {"0", "257", "-1", "x", "1x", "", "4294967297"}) {
    CAPTURE(wrong);
    CHECK(has(error_of({"serve", "--backend", "htpasswd:/x", "--threads", wrong}), "--threads"));
  }
  CHECK(parse({"serve", "--backend", "htpasswd:/x", "--threads", "256"}).arguments.threads == 256);
}

TEST_CASE("options of other commands are unknown") {
  for (const char* of_serve : {"--forward-auth", "--admin", "--auth-socket"}) {
    CHECK(
        has(error_of({"check", "--backend", "htpasswd:/x", of_serve, "y"}), std::string("unknown option ") + of_serve));
  }
  CHECK(has(error_of({"check", "--backend", "htpasswd:/x", "--upstream", "whoami:"}), "unknown option --upstream"));
  CHECK(has(error_of({"login", "u", "--backend", "htpasswd:/x", "--password", "p"}), "unknown option --password"));
  CHECK(has(error_of({"login", "u", "--backend", "htpasswd:/x", "--password=p"}), "unknown option --password\n"));
}

TEST_CASE("a secret that was taken for an argument is not repeated with its option") {
  CHECK_FALSE(has(error_of({"login", "u", "--backend", "htpasswd:/x", "--password=hunter2"}), "hunter2"));
}

TEST_CASE("--realm-name goes with --backend only") {
  CHECK(has(error_of({"serve", "--config", "a", "--realm-name", "Ours"}), "display_name"));
  CHECK(parse({"serve", "--backend", "htpasswd:/x", "--realm-name", "Ours"}).arguments.realm_name == "Ours");
}

TEST_CASE("serve takes all of its options") {
  const auto parsed =
      parse({"serve", "--backend", "htpasswd:/a", "--backend=htpasswd:/b?strict=true", "--upstream",
             "whoami:", "--listen", "127.0.0.1:0", "--listen", "unix:/run/g", "--realm", "app", "--plugin-dir", "/"});
  REQUIRE_FALSE(parsed.exit.has_value());
  CHECK(parsed.arguments.command == Command::serve);
  CHECK(parsed.arguments.backends == std::vector<std::string>{"htpasswd:/a", "htpasswd:/b?strict=true"});
  CHECK(parsed.arguments.listen == std::vector<std::string>{"127.0.0.1:0", "unix:/run/g"});
  CHECK(parsed.arguments.upstream == "whoami:");
  CHECK(parsed.arguments.realm == "app");
  CHECK(parsed.arguments.plugin_dirs == std::vector<std::string>{"/"});
}

TEST_CASE("a backend takes one URI, so that the user of login may follow it") {
  const auto parsed = parse({"login", "--backend", "htpasswd:/x", "alice"});
  REQUIRE_FALSE(parsed.exit.has_value());
  CHECK(parsed.arguments.user == "alice");
  CHECK(parsed.arguments.backends.size() == 1);
  CHECK_FALSE(parsed.arguments.password_from_stdin);
  CHECK(parse({"login", "-i", "--backend", "htpasswd:/x", "--", "-odd-"}).arguments.user == "-odd-");
}

TEST_CASE("help is there for every command, and hides what is not for people") {
  const std::vector<std::vector<const char*>> commands = {
      {"--help"},           {"serve", "--help"},          {"check", "--help"},           {"login", "--help"},
      {"plugin", "--help"}, {"plugin", "list", "--help"}, {"plugin", "check", "--help"}, {"plugin", "describe", "-h"}};
  for (const auto& words : commands) {
    const auto parsed = parse(words);
    REQUIRE(parsed.exit.has_value());
    CHECK(*parsed.exit == 0);
    CHECK(has(parsed.output, "Usage: gatehouse"));
    CHECK_FALSE(has(parsed.output, "check-child"));
    CHECK(parsed.error.empty());
  }
  CHECK(parse({"--version"}).output.starts_with("gatehouse "));
}

TEST_CASE("the plugin commands") {
  CHECK(parse({"plugin", "list"}).arguments.command == Command::plugin_list);
  CHECK(parse({"plugin", "--plugin-dir", "/", "list"}).arguments.plugin_dirs == std::vector<std::string>{"/"});
  CHECK(parse({"plugin", "check", "./x.so"}).arguments.command == Command::plugin_check);
  const auto describe = parse({"plugin", "describe", "htpasswd", "--markdown"});
  CHECK(describe.arguments.command == Command::plugin_describe);
  CHECK(describe.arguments.plugin == "htpasswd");
  CHECK(describe.arguments.markdown);
}

TEST_CASE("exit codes of decisions are those of the table") {
  using gatehouse::DecisionCode;
  using gatehouse::cli::exit_code;
  CHECK(exit_code(DecisionCode::granted) == 0);
  CHECK(exit_code(DecisionCode::denied) == 1);
  CHECK(exit_code(DecisionCode::malformed) == 2);
  CHECK(exit_code(DecisionCode::unavailable) == 3);
  CHECK(exit_code(DecisionCode::throttled) == 4);
  CHECK(exit_code(DecisionCode::forbidden) == 5);
  CHECK(exit_code(DecisionCode::challenge) == 6);
  CHECK(exit_code(static_cast<DecisionCode>(77)) == 3);
}

TEST_CASE("token check") {
  const auto parsed =
      parse({"token", "check", "--keys", "k", "--issuer", "i", "--audience", "a", "--signature-only", "-"});
  CHECK_FALSE(parsed.exit);
  CHECK(parsed.arguments.command == Command::token_check);
  CHECK(parsed.arguments.keys == "k");
  CHECK(parsed.arguments.issuer == "i");
  CHECK(parsed.arguments.audience == "a");
  CHECK(parsed.arguments.signature_only);
  CHECK(parsed.arguments.token == "-");
  CHECK(parsed.arguments.plugin == "oidc");
  CHECK(has(error_of({"token"}), "token check"));
  CHECK(has(error_of({"token", "check", "x"}), "--keys"));
  CHECK_FALSE(has(error_of({"token", "check", "--keys", "k", "one", "s3cret"}), "s3cret"));
}

TEST_CASE("rules explain takes a request and who asks") {
  const auto parsed = parse({"rules", "explain", "POST", "/a?b", "--config", "g.toml", "--user", "ann", "--group", "x",
                             "--group", "y", "--attribute", "mail=a@b", "--host", "h", "--from", "unix"});
  REQUIRE(!parsed.exit);
  const auto& arguments = parsed.arguments;
  CHECK(arguments.command == Command::rules_explain);
  CHECK(arguments.method == "POST");
  CHECK(arguments.path == "/a?b");
  CHECK(arguments.groups == std::vector<std::string>{"x", "y"});
  CHECK(arguments.attributes == std::vector<std::string>{"mail=a@b"});
  CHECK(arguments.host == "h");
  CHECK(arguments.from == "unix");

  CHECK(has(error_of({"rules"}), "a command is needed: rules explain"));
  CHECK(has(error_of({"rules", "explian"}), "unknown command rules explian; there is: explain"));
  CHECK(has(error_of({"rules", "explain", "GET"}), "PATH"));
  CHECK(has(error_of({"rules", "explain", "GET", "/a"}), "--config"));
}
