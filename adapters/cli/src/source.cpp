// SPDX-License-Identifier: Apache-2.0
#include "source.hpp"

#include <gatehouse/auth_socket.hpp>
#include <gatehouse/http.hpp>
#include <gatehouse/rules.hpp>
#include <iostream>

#include "admin_socket.hpp"
#include "plugin_folders.hpp"
#include "terminal.hpp"

namespace gatehouse::cli {
namespace {

/// Errors of sections come without the file's name.
Error in_file(const Error& error, const Arguments& arguments) {
  if (arguments.config.empty()) return error;
  return Error{printable(arguments.config) + ": " + error.message};
}

}  // namespace

RuntimeOptions runtime_options(const Arguments& arguments) {
  RuntimeOptions options;
  options.plugin_dirs = plugin_folders(arguments.plugin_dirs);
  options.log_level = LogLevel::warning;
  options.audit = false;
  options.log = [](LogLevel level, std::string_view text) {
    std::cerr << (level == LogLevel::error     ? "error: "
                  : level == LogLevel::warning ? "warning: "
                                               : "")
              << printable(text) << '\n';
  };
  return options;
}

ConfigSource config_source(const Arguments& arguments) {
  ConfigSource source;
  source.file = arguments.config;
  source.backends = arguments.backends;
  source.display_name = arguments.realm_name;
  source.sections = {proxy::section(), http::section(), auth_socket::section()};
  return source;
}

Result<proxy::ProxyOptions> proxy_options(const Config& config, const Arguments& arguments) {
  auto options = proxy::options(config.section("proxy"));
  if (!options) return in_file(options.error(), arguments);
  if (!arguments.listen.empty()) options->listen = arguments.listen;
  if (!arguments.upstream.empty()) options->upstream = arguments.upstream;
  if (!arguments.tls_cert.empty()) options->tls.cert = arguments.tls_cert;
  if (!arguments.tls_key.empty()) options->tls.key = arguments.tls_key;
  if (!arguments.forward_auth.empty()) options->forward_auth = arguments.forward_auth;
  if (!arguments.admin.empty()) options->admin = arguments.admin;
  if (!arguments.realm.empty()) options->realm = arguments.realm;
  if (arguments.threads > 0) options->threads = arguments.threads;
  return options;
}

Result<auth_socket::DoorOptions> auth_socket_options(const Config& config, const Arguments& arguments) {
  auto options = auth_socket::options(config.section("auth_socket"));
  if (!options) return in_file(options.error(), arguments);
  if (!arguments.auth_socket.empty()) options->path = arguments.auth_socket;
  if (!options->path.empty() && !options->path.starts_with('/')) {
    return Error{"--auth-socket " + options->path + ": write an absolute path"};
  }
  if (options->realm.empty()) options->realm = arguments.realm;
  if (options->realm.empty()) return options;
  if (auto realm = config.realm(options->realm); !realm) {
    return in_file(Error{"[auth_socket] realm: " + realm.error().message}, arguments);
  }
  return options;
}

bool has_upstream(const Config& config, const Arguments& arguments) {
  return !arguments.upstream.empty() || config.section("proxy").given("upstream");
}

Result<void> check_door(const Config& config, const proxy::ProxyOptions& options, const Arguments& arguments) {
  if (!has_upstream(config, arguments) && options.forward_auth.empty()) {
    return Error{
        "say what stands behind: --upstream http://127.0.0.1:5000, upstream in the section [proxy], or --upstream "
        "whoami: which answers with what it was told"};
  }
  if (auto realm = config.realm(options.realm); !realm) {
    return Error{realm.error().message + "; choose with --realm, or realm in the section [proxy]"};
  }
  return {};
}

Result<std::string> check_serve(const Config& config, const Arguments& arguments) {
  auto options = proxy_options(config, arguments);
  if (!options) return options.error();
  const OptionValues& given = config.section("proxy");
  const bool complete = given.given("upstream") || given.given("forward_auth");
  if (auto log = proxy::check_access_log(*options); !log) return log.error();
  if (auto door = check_door(config, *options, arguments); !door) {
    if (complete) return door.error();
    if (given.given("listen")) return "serve has to be told more: " + door.error().message;
  }
  return std::string();
}

Result<void> check_sections(const Config& config, const Arguments& arguments) {
  auto options = proxy_options(config, arguments);
  if (!options) return options.error();
  if (auto files = proxy::check(*options); !files) return in_file(files.error(), arguments);
  if (!options->admin.empty()) {
    if (auto form = check_admin_address(options->admin); !form) return form.error();
  }
  if (auto settings = http::settings(config.section("http")); !settings) return in_file(settings.error(), arguments);
  if (auto rules = http::rules(config); !rules) return rules.error();
  if (auto door = auth_socket_options(config, arguments); !door) return door.error();
  // A file with several realms may be used by other doors only: then [proxy] names none.
  if (options->realm.empty()) return {};
  if (auto realm = config.realm(options->realm); !realm) {
    return in_file(Error{"[proxy] realm: " + realm.error().message}, arguments);
  }
  return {};
}

}  // namespace gatehouse::cli
