// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The command line, read. What it says is checked as far as that goes without opening a file.
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::cli {

enum class Command {
  none,
  serve,
  check,
  login,
  rules_explain,
  plugin_list,
  plugin_describe,
  plugin_check,
  plugin_check_child,
  token_check,
  cache_flush,
  throttle_list,
  throttle_clear
};

struct Arguments {
  Command command = Command::none;
  std::string config;                    ///< a file, or empty
  std::vector<std::string> backends;     ///< URIs, in the order of the chain
  std::vector<std::string> plugin_dirs;  ///< empty: those of this installation
  std::string realm;                     ///< empty: the only one
  std::string realm_name;                ///< serve: text that a login prompt shows
  std::vector<std::string> listen;       ///< serve; empty: what the file says
  std::string admin;                     ///< serve; empty: what the file says. cache: empty: the usual one
  std::string upstream;                  ///< serve; empty: what the file says
  std::string tls_cert;                  ///< serve; empty: what the file says
  std::string tls_key;                   ///< serve; empty: what the file says
  std::string forward_auth;              ///< serve; empty: what the file says
  std::string auth_socket;               ///< serve; empty: what the file says
  unsigned threads = 0;                  ///< serve; 0: what the file says
  bool all = false;                      ///< throttle clear
  std::string user;                      ///< login, rules explain, throttle clear
  bool password_from_stdin = false;      ///< login
  std::string method;                    ///< rules explain
  std::string path;                      ///< rules explain
  std::string host;                      ///< rules explain; empty: no Host
  std::string from;                      ///< rules explain; empty: an address that no rule names
  std::vector<std::string> groups;       ///< rules explain: of the user
  std::vector<std::string> attributes;   ///< rules explain: of the user, NAME=VALUE
  std::string plugin;                    ///< plugin describe, check; token check
  std::vector<std::string> options;      ///< plugin check: NAME=VALUE
  bool markdown = false;                 ///< plugin describe
  std::string keys;                      ///< token check: a file
  std::string issuer;                    ///< token check; empty: any
  std::string audience;                  ///< token check; empty: any
  std::string token;                     ///< token check; "-": from standard input
  bool signature_only = false;           ///< token check
};

/// Either `exit` says that the program is over (help, version, a usage error) with `output` or `error` to print, or
/// `arguments` holds a command.
struct Parsed {
  std::optional<int> exit;
  std::string output;
  std::string error;
  Arguments arguments;
};

[[nodiscard]] Parsed parse(int argc, const char* const* argv);

}  // namespace gatehouse::cli
