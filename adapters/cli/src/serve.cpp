// SPDX-License-Identifier: Apache-2.0
// gatehouse serve: the engine, the proxy door and the signals, put together.
#include <gatehouse/proxy.hpp>
#include <gatehouse/runtime.hpp>
#include <memory>
#include <utility>

#include "commands.hpp"
#include "exit_codes.hpp"
#include "listen_address.hpp"
#include "log.hpp"
#include "plugin_folders.hpp"
#include "signals.hpp"
#include "source.hpp"
#include "terminal.hpp"

namespace gatehouse::cli {
namespace {

struct Loaded {
  Config config;
  proxy::ProxyOptions options;
};

/// Reads and checks everything that the command line names.
Result<Loaded> load(Runtime& runtime, const Arguments& arguments) {
  auto config = runtime.load(config_source(arguments));
  if (!config) return config.error();
  if (auto sections = check_sections(*config, arguments); !sections) return sections.error();
  auto options = proxy_options(*config, arguments);
  if (!options) return options.error();
  if (!has_upstream(*config, arguments) && options->forward_auth.empty()) {
    return Error{
        "say what stands behind: --upstream http://127.0.0.1:5000, upstream in the section [proxy], or --upstream "
        "whoami: which answers with what it was told"};
  }
  if (auto realm = config->realm(options->realm); !realm) {
    return Error{realm.error().message + "; choose with --realm, or realm in the section [proxy]"};
  }
  return Loaded{*std::move(config), *std::move(options)};
}

std::string describe(const Loaded& loaded) {
  auto realm = loaded.config.realm(loaded.options.realm);
  if (!realm) return realm.error().message;
  std::string text = "realm " + std::string(realm->name()) + ", chain";
  const char* separator = " ";
  for (const std::string& backend : realm->chain()) {
    text += separator + backend;
    separator = ", ";
  }
  return loaded.options.upstream.empty() ? text : text + ", upstream " + loaded.options.upstream;
}

void tell_start(const Log& log, const Loaded& loaded, const proxy::Proxy& door) {
  log.info(describe(loaded));
  const bool tls = !loaded.options.tls.cert.empty();
  for (const std::string& address : door.addresses()) {
    log.info("listening on " + as_url(address, tls));
    if (!tls && !is_local(address)) {
      log.warning(
          address + " can be reached from other machines, and there is no TLS: passwords cross the network " +
          "for everybody to read. Give --tls-cert and --tls-key, put something that speaks TLS in front, or listen on "
          "127.0.0.1");
    }
  }
  if (const std::string& address = door.forward_auth_address(); !address.empty()) {
    log.info("forward-auth on " + as_url(address, false));
    if (!is_local(address)) {
      log.warning(address +
                  " can be reached from other machines, and there is no TLS: whoever sees that network reads " +
                  "the passwords that proxies ask about");
    }
  }
}

void reload(Runtime& runtime, proxy::Proxy& door, const Arguments& arguments, const Log& log) {
  log.info("SIGHUP: loading the configuration again");
  auto loaded = load(runtime, arguments);
  auto done = loaded ? door.reload(loaded->config, loaded->options) : Result<void>(loaded.error());
  if (!done) {
    log.error(done.error().message);
    log.error("the new configuration was not taken; the old one goes on serving");
    return;
  }
  log.info("the new configuration serves: " + describe(*loaded));
}

int fail(const Error& error) {
  print_error(error.message);
  return exit_usage;
}

}  // namespace

int serve(const Arguments& arguments) {
  auto signals = Signals::hold();
  if (!signals) return fail(signals.error());
  const Log log;
  RuntimeOptions options;
  options.plugin_dirs = plugin_folders(arguments.plugin_dirs);
  options.log = log.sink();
  auto runtime = Runtime::open(std::move(options));
  if (!runtime) return fail(runtime.error());
  std::unique_ptr<proxy::Proxy> door;
  {
    // Let go at the end of this block: a reload ends the backends that only the configuration before it names.
    auto loaded = load(*runtime, arguments);
    if (!loaded) return fail(loaded.error());
    auto opened = proxy::Proxy::open(*runtime, loaded->config, loaded->options, log.sink());
    if (!opened) return fail(opened.error());
    if (auto started = runtime->start(); !started) return fail(started.error());
    door = *std::move(opened);
    tell_start(log, *loaded, *door);
  }

  proxy::Proxy& serving = *door;
  auto watching = (*signals)->watch({.end =
                                         [&] {
                                           log.info("told to end: finishing what is in flight");
                                           serving.drain();
                                         },
                                     .reload = [&] { reload(*runtime, serving, arguments, log); }});
  if (!watching) return fail(watching.error());
  auto served = serving.run();
  signals->reset();  // before what its thread calls
  if (!served) {
    log.error(served.error().message);
    return exit_failed;
  }
  log.info("ended");
  return exit_ok;
}

}  // namespace gatehouse::cli
