// SPDX-License-Identifier: Apache-2.0
// gatehouse serve: the engine, the proxy door and the signals, put together.
#include <gatehouse/auth_socket.hpp>
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
  auth_socket::DoorOptions auth_socket;
};

/// Reads and checks everything that the command line names.
Result<Loaded> load(Runtime& runtime, const Arguments& arguments) {
  auto config = runtime.load(config_source(arguments));
  if (!config) return config.error();
  if (auto sections = check_sections(*config, arguments); !sections) return sections.error();
  auto options = proxy_options(*config, arguments);
  if (!options) return options.error();
  if (!has_upstream(*config, arguments)) {
    return Error{
        "say what stands behind: --upstream http://127.0.0.1:5000, upstream in the section [proxy], or --upstream "
        "whoami: which answers with what it was told"};
  }
  if (auto realm = config->realm(options->realm); !realm) {
    return Error{realm.error().message + "; choose with --realm, or realm in the section [proxy]"};
  }
  auto socket = auth_socket_options(*config, arguments);
  if (!socket) return socket.error();
  return Loaded{*std::move(config), *std::move(options), *std::move(socket)};
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
  return text + ", upstream " + loaded.options.upstream;
}

void tell_start(const Log& log, const Loaded& loaded, const std::vector<std::string>& addresses) {
  log.info(describe(loaded));
  const bool tls = !loaded.options.tls.cert.empty();
  for (const std::string& address : addresses) {
    log.info("listening on " + as_url(address, tls));
    if (!tls && !is_local(address)) {
      log.warning(
          address + " can be reached from other machines, and there is no TLS: passwords cross the network " +
          "for everybody to read. Give --tls-cert and --tls-key, put something that speaks TLS in front, or listen on "
          "127.0.0.1");
    }
  }
}

/// What one process serves.
struct Doors {
  std::unique_ptr<proxy::Proxy> proxy;
  std::unique_ptr<auth_socket::Door> socket;  ///< only if it was asked for
};

Result<Doors> open_doors(Runtime& runtime, const Loaded& loaded, const Log& log) {
  Doors doors;
  auto opened = proxy::Proxy::open(runtime, loaded.config, loaded.options, log.sink());
  if (!opened) return opened.error();
  doors.proxy = *std::move(opened);
  if (loaded.auth_socket.path.empty()) return doors;
  auto socket = auth_socket::Door::open(loaded.config, loaded.auth_socket, log.sink());
  if (!socket) return socket.error();
  doors.socket = *std::move(socket);
  return doors;
}

Result<void> reload_doors(Doors& doors, const Loaded& loaded, const Log& log) {
  if (!doors.socket) {
    if (!loaded.auth_socket.path.empty()) log.warning("an auth socket is opened only by a restart");
    return doors.proxy->reload(loaded.config, loaded.options);
  }
  // The socket first: it can only refuse, and then the proxy still has the old configuration too.
  auto done = doors.socket->reload(loaded.config, loaded.auth_socket);
  return done ? doors.proxy->reload(loaded.config, loaded.options) : done;
}

void reload(Runtime& runtime, Doors& doors, const Arguments& arguments, const Log& log) {
  log.info("SIGHUP: loading the configuration again");
  auto loaded = load(runtime, arguments);
  auto done = loaded ? reload_doors(doors, *loaded, log) : Result<void>(loaded.error());
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
  Doors doors;
  {
    // Let go at the end of this block: a reload ends the backends that only the configuration before it names.
    auto loaded = load(*runtime, arguments);
    if (!loaded) return fail(loaded.error());
    auto opened = open_doors(*runtime, *loaded, log);
    if (!opened) return fail(opened.error());
    if (auto started = runtime->start(); !started) return fail(started.error());
    doors = *std::move(opened);
    if (doors.socket) {
      if (auto started = doors.socket->start(); !started) return fail(started.error());
      log.info("answering programs of this machine on " + loaded->auth_socket.path);
    }
    tell_start(log, *loaded, doors.proxy->addresses());
  }

  proxy::Proxy& serving = *doors.proxy;
  auto watching = (*signals)->watch({.end =
                                         [&] {
                                           log.info("told to end: finishing what is in flight");
                                           serving.drain();
                                         },
                                     .reload = [&] { reload(*runtime, doors, arguments, log); }});
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
