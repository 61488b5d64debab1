// SPDX-License-Identifier: Apache-2.0
// The only user of CLI11.
#include "arguments.hpp"

#include <gatehouse/plugin.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <sstream>

#include "exit_codes.hpp"

namespace gatehouse::cli {
namespace {

constexpr const char* source_hint =
    "say who may enter: --config FILE, or --backend URI such as --backend htpasswd:/etc/gatehouse/users";

/// Options with the word for their value, without what CLI11 knows beyond it: the text says that.
class HelpText : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_name();
    const std::string word = type.substr(0, type.find(':'));
    return word.empty() ? "" : " " + word;
  }
};

void add_source(CLI::App& command, Arguments& arguments) {
  auto* config = command.add_option("--config", arguments.config, "Configuration file, in TOML")->type_name("FILE");
  auto* backends = command
                       .add_option("--backend", arguments.backends,
                                   "A backend instead of a file, such as htpasswd:/etc/gatehouse/users; "
                                   "repeat it for a chain")
                       ->type_name("URI")
                       ->allow_extra_args(false)
                       ->take_all();
  config->excludes(backends);
}

void add_plugin_dir(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--plugin-dir", arguments.plugin_dirs,
                  "Where plugins are looked for, instead of the folder of this installation; may be repeated")
      ->type_name("FOLDER")
      ->allow_extra_args(false)
      ->take_all()
      ->check(CLI::ExistingDirectory);
}

CLI::App* add_serve(CLI::App& app, Arguments& arguments) {
  auto* serve = app.add_subcommand("serve", "Stand as a login in front of an HTTP service");
  add_source(*serve, arguments);
  serve
      ->add_option(
          "--upstream", arguments.upstream,
          "The service behind: http:// or https://HOST:PORT, unix:PATH, or whoami: which answers with what it was told")
      ->type_name("URL");
  serve
      ->add_option("--listen", arguments.listen,
                   "ADDRESS:PORT, [IPV6]:PORT or unix:PATH; port 0 picks a free one; default 127.0.0.1:8080")
      ->type_name("ADDRESS")
      ->allow_extra_args(false)
      ->take_all();
  serve->add_option("--tls-cert", arguments.tls_cert, "Certificate and chain (PEM): callers use HTTPS")
      ->type_name("FILE");
  serve->add_option("--tls-key", arguments.tls_key, "The certificate's key (PEM)")->type_name("FILE");
  serve
      ->add_option("--forward-auth", arguments.forward_auth,
                   "Where other proxies ask whether a request may pass; --upstream may then be left out")
      ->type_name("ADDRESS");
  serve
      ->add_option("--admin", arguments.admin,
                   "Health and metrics: ADDRESS:PORT, or unix:PATH, where commands such as 'gatehouse cache flush' are "
                   "taken too")
      ->type_name("ADDRESS");
  serve->add_option("--threads", arguments.threads, "How many threads handle connections, 1 to 256")
      ->type_name("N")
      ->check(CLI::Range(1U, 256U));
  serve->add_option("--auth-socket", arguments.auth_socket, "Where programs of this machine ask: pam_gatehouse(8)")
      ->type_name("PATH");
  serve->add_option("--realm", arguments.realm, "Which realm of the file, if it has several")->type_name("REALM");
  serve->add_option("--realm-name", arguments.realm_name, "Text that a login prompt shows, with --backend")
      ->type_name("TEXT");
  add_plugin_dir(*serve, arguments);
  serve->footer(
      "SIGHUP loads the configuration and certificates again; if anything is wrong, the old one goes on serving.\n"
      "SIGTERM and SIGINT take no new connection, finish what is in flight, and end; a second one ends at once.\n"
      "Options here stand before those of the file's section [proxy].");
  return serve;
}

CLI::App* add_check(CLI::App& app, Arguments& arguments) {
  auto* check = app.add_subcommand("check", "Check everything that serve would check, and start nothing");
  add_source(*check, arguments);
  add_plugin_dir(*check, arguments);
  check->footer("Exits with 0, or with 2 after naming every problem with its file and line.");
  return check;
}

CLI::App* add_login(CLI::App& app, Arguments& arguments) {
  auto* login = app.add_subcommand("login", "Try a user and a password, and show each step of the decision");
  login->add_option("USER", arguments.user, "Who to try")->required()->type_name("");
  add_source(*login, arguments);
  login->add_option("--realm", arguments.realm, "Which realm of the file, if it has several")->type_name("REALM");
  login->add_flag("-i", arguments.password_from_stdin, "Read the password from standard input, one line");
  add_plugin_dir(*login, arguments);
  login->footer(
      "Exits with the decision: 0 granted, 1 denied, 2 malformed or a wrong configuration, 3 unavailable,\n"
      "4 throttled, 5 forbidden, 6 a challenge.");
  return login;
}

CLI::App* add_rules(CLI::App& app, Arguments& arguments) {
  auto* rules = app.add_subcommand("rules", "Look at the rules of a configuration");
  rules->require_subcommand(0, 1);
  auto* explain = rules->add_subcommand("explain", "Say which rule decides a request, and why");
  explain->callback([&arguments] { arguments.command = Command::rules_explain; });
  explain->add_option("METHOD", arguments.method, "Such as GET")->required()->type_name("");
  explain->add_option("PATH", arguments.path, "As a client sends it, with escapes; a query may follow")
      ->required()
      ->type_name("");
  explain->add_option("--config", arguments.config, "Configuration file, in TOML")->type_name("FILE")->required();
  explain->add_option("--user", arguments.user, "Canonical name of who asks; without it: somebody without a login")
      ->type_name("NAME");
  const auto repeated = [&](const char* name, std::vector<std::string>& values, const char* help, const char* type) {
    explain->add_option(name, values, help)->type_name(type)->allow_extra_args(false)->take_all();
  };
  repeated("--group", arguments.groups, "A group that the user is in; may be repeated", "NAME");
  repeated("--attribute", arguments.attributes, "An attribute of the user; may be repeated", "NAME=VALUE");
  explain->add_option("--host", arguments.host, "The Host of the request")->type_name("HOST");
  explain->add_option("--from", arguments.from, "The caller's address, or unix")->type_name("ADDRESS");
  explain->footer(
      "No backend is opened: groups and attributes are taken as given.\n"
      "Exits with 0 if the request is let in, 1 if a login is asked for, 5 if that user is refused,\n"
      "2 if the path is refused whoever asks, or on a mistake.");
  return rules;
}

void add_check_setup(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--option", arguments.options,
                  "What a configuration would say to the plugin, such as file=/etc/gatehouse/users; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->take_all();
  command.add_option("--user", arguments.user, "A user that the backend knows with these options")->type_name("USER");
}

CLI::App* add_plugin(CLI::App& app, Arguments& arguments) {
  auto* plugin = app.add_subcommand("plugin", "Look at the plugins");
  add_plugin_dir(*plugin, arguments);
  const auto choose = [&arguments](Command command) { return [&arguments, command] { arguments.command = command; }; };
  auto* list = plugin->add_subcommand("list", "The plugins that are installed");
  list->callback(choose(Command::plugin_list));
  add_plugin_dir(*list, arguments);
  auto* describe = plugin->add_subcommand("describe", "What a plugin does, and every option that it takes");
  describe->callback(choose(Command::plugin_describe));
  describe->add_option("NAME", arguments.plugin, "Name of a plugin, or path of a shared object")
      ->required()
      ->type_name("");
  describe->add_flag("--markdown", arguments.markdown, "Print a table for a page of documentation");
  add_plugin_dir(*describe, arguments);
  auto* check = plugin->add_subcommand("check", "Load a plugin as the engine would, and say what is wrong with it");
  check->callback(choose(Command::plugin_check));
  check->add_option("FILE", arguments.plugin, "Path of a shared object, or name of a plugin")
      ->required()
      ->type_name("");
  add_plugin_dir(*check, arguments);
  add_check_setup(*check, arguments);
  check->footer(
      "The plugin is loaded in a process of its own, for at most 30 seconds. Exits with 0 if nothing failed.");
  // Not for people: what `plugin check` starts as that process. An empty group hides it from the help.
  auto* child = plugin->add_subcommand("check-child", "")->group("");
  child->callback(choose(Command::plugin_check_child));
  child->add_option("FILE", arguments.plugin)->required();
  add_check_setup(*child, arguments);
  add_plugin_dir(*child, arguments);
  return plugin;
}

CLI::App* add_token(CLI::App& app, Arguments& arguments) {
  auto* token = app.add_subcommand("token", "Look at bearer tokens");
  auto* check = token->add_subcommand("check", "Say whether a token would be accepted, and if not, why");
  check->callback([&arguments] { arguments.command = Command::token_check; });
  check->add_option("--keys", arguments.keys, "The provider's keys: a JWKS, a JWK, or PEM")
      ->required()
      ->type_name("FILE");
  check->add_option("--issuer", arguments.issuer, "What iss must be; default: any")->type_name("TEXT");
  check->add_option("--audience", arguments.audience, "What aud must name; default: any")->type_name("TEXT");
  check->add_flag("--signature-only", arguments.signature_only, "Do not look at what the token says");
  check->add_option("--plugin", arguments.plugin, "Which plugin is asked; default oidc")->type_name("NAME");
  check->add_option("TOKEN", arguments.token, "The token, or - to read it from standard input")
      ->required()
      ->type_name("");
  add_plugin_dir(*check, arguments);
  check->footer(
      "Nothing is fetched. A token on the command line can be seen by everybody on the machine: prefer -.\n"
      "Exits with 0 if the token is accepted, 1 if it is refused, 2 if the question is wrong.");
  return token;
}

void add_admin_socket(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--admin", arguments.admin,
                  "The admin socket of that serve, unix:PATH; default unix:/run/gatehouse/admin")
      ->type_name("ADDRESS");
  command.footer("Exits with 0 if it was done, 1 if it was refused, 2 if nobody could be asked.");
}

CLI::App* add_cache(CLI::App& app, Arguments& arguments) {
  auto* cache = app.add_subcommand("cache", "Act on the logins that a running serve remembers");
  auto* flush = cache->add_subcommand("flush", "Forget them: everybody's next request asks the backends again");
  flush->callback([&arguments] { arguments.command = Command::cache_flush; });
  add_admin_socket(*flush, arguments);
  return cache;
}

CLI::App* add_throttle(CLI::App& app, Arguments& arguments) {
  auto* throttle = app.add_subcommand("throttle", "Act on the guesses that a running serve counts");
  auto* list = throttle->add_subcommand("list", "Who has to wait, and for how long");
  list->callback([&arguments] { arguments.command = Command::throttle_list; });
  add_admin_socket(*list, arguments);
  auto* clear = throttle->add_subcommand("clear", "Forget the guesses at one account");
  clear->callback([&arguments] { arguments.command = Command::throttle_clear; });
  auto* subject =
      clear->add_option("USER", arguments.user, "The account, with the prefix of its backend")->type_name("");
  clear->add_flag("--all", arguments.all, "Forget all guesses")->excludes(subject);
  add_admin_socket(*clear, arguments);
  return throttle;
}

std::string usage_error(const std::string& message, const std::string& command) {
  return message + "\nTry 'gatehouse " + (command.empty() ? "" : command + " ") + "--help'.";
}

/// The first argument that nothing takes.
std::string unexpected(const CLI::App& app, const std::string& command) {
  const std::vector<std::string> rest = app.remaining(true);
  const auto option = std::find_if(rest.begin(), rest.end(), [](const std::string& word) {
    return word.size() > 1 && word[0] == '-' && word != "--";
  });
  if (option != rest.end()) return "unknown option " + option->substr(0, option->find('='));
  if (rest.empty()) return "too many arguments";
  if (command.empty())
    return "unknown command " + rest.front() +
           "; there is: serve, check, login, passwd, rules, plugin, token, cache, throttle";
  if (command == "rules") return "unknown command rules " + rest.front() + "; there is: explain";
  if (command == "cache") return "unknown command cache " + rest.front() + "; there is: flush";
  if (command == "throttle") return "unknown command throttle " + rest.front() + "; there is: list, clear";
  if (command == "plugin") return "unknown command plugin " + rest.front() + "; there is: list, describe, check";
  if (command == "token") return "unknown command token " + rest.front() + "; there is: check";
  if (command == "token check") return "one TOKEN only";  // not repeated
  // It may be a password: not repeated.
  if (command == "login") return "one USER only; the password is asked for, or read from standard input with -i";
  return "unexpected argument " + rest.front();
}

/// What CLI11 leaves unsaid.
std::string check_use(const Arguments& arguments, const std::string& command) {
  if (arguments.command == Command::none) {
    if (command == "cache") return "a command is needed: cache flush";
    if (command == "rules") return "a command is needed: rules explain";
    if (command == "throttle") return "a command is needed: throttle list or throttle clear";
    if (command == "token") return "a command is needed: token check";
    return command.empty() ? "a command is needed: serve, check, login, passwd, rules, plugin, token, cache or throttle"
                           : "a command is needed: plugin list, plugin describe or plugin check";
  }
  if (arguments.command == Command::throttle_clear && arguments.user.empty() && !arguments.all) {
    return "say whose guesses to forget: USER, or --all";
  }
  const bool needs_source =
      arguments.command == Command::serve || arguments.command == Command::check || arguments.command == Command::login;
  if (needs_source && arguments.config.empty() && arguments.backends.empty()) return source_hint;
  if (!arguments.realm_name.empty() && arguments.backends.empty()) {
    return "--realm-name goes with --backend; in a file, write display_name in the section of the realm";
  }
  return {};
}

std::string words_of(CLI::App& app) {
  for (CLI::App* sub : app.get_subcommands()) {
    const std::string below = words_of(*sub);
    return sub->get_name() + (below.empty() ? "" : " " + below);
  }
  return {};
}

}  // namespace

Parsed parse(int argc, const char* const* argv) {
  Parsed parsed;
  Arguments& arguments = parsed.arguments;
  CLI::App app{"Gatehouse: a login in front of an HTTP service, and the tools around it.", "gatehouse"};
  app.set_help_flag("-h,--help", "Print this text");
  auto help = std::make_shared<HelpText>();
  help->column_width(26);
  app.formatter(help);
  app.set_version_flag("--version", "gatehouse " GATEHOUSE_VERSION " (plugin boundary " +
                                        std::to_string(GATEHOUSE_ABI_MAJOR) + "." +
                                        std::to_string(GATEHOUSE_ABI_MINOR) + ")");
  const auto choose = [&arguments](Command command) { return [&arguments, command] { arguments.command = command; }; };
  add_serve(app, arguments)->callback(choose(Command::serve));
  add_check(app, arguments)->callback(choose(Command::check));
  add_login(app, arguments)->callback(choose(Command::login));
  // Only for the list: main() takes it before.
  app.add_subcommand("passwd", "Make and change password files, as Apache's htpasswd does");
  add_rules(app, arguments);
  CLI::App* plugin = add_plugin(app, arguments);
  CLI::App* token = add_token(app, arguments);
  CLI::App* cache = add_cache(app, arguments);
  cache->require_subcommand(0, 1);
  add_throttle(app, arguments)->require_subcommand(0, 1);
  app.require_subcommand(0, 1);
  token->require_subcommand(0, 1);
  plugin->require_subcommand(0, 1);
  app.footer("Try 'gatehouse COMMAND --help' for the options of a command.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    std::ostringstream output;
    std::ostringstream unused;
    parsed.exit = app.exit(done, output, unused);
    parsed.output = output.str();
    return parsed;
  } catch (const CLI::ExtrasError&) {
    const std::string command = words_of(app);
    parsed.exit = exit_usage;
    parsed.error = usage_error(unexpected(app, command), command);
    return parsed;
  } catch (const CLI::Error& wrong) {
    parsed.exit = exit_usage;
    parsed.error = usage_error(wrong.what(), words_of(app));
    return parsed;
  }
  if (arguments.command == Command::token_check && arguments.plugin.empty()) arguments.plugin = "oidc";
  if (const std::string wrong = check_use(arguments, words_of(app)); !wrong.empty()) {
    parsed.exit = exit_usage;
    parsed.error = usage_error(wrong, words_of(app));
  }
  return parsed;
}

}  // namespace gatehouse::cli
