// SPDX-License-Identifier: Apache-2.0
// gatehouse serve: the engine, its doors and the signals, put together.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <gatehouse/auth_socket.hpp>
#include <gatehouse/proxy.hpp>
#include <gatehouse/runtime.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "admin_server.hpp"
#include "commands.hpp"
#include "exit_codes.hpp"
#include "listen_address.hpp"
#include "log.hpp"
#include "metrics_text.hpp"
#include "notify.hpp"
#include "passed_sockets.hpp"
#include "plugin_folders.hpp"
#include "repeater.hpp"
#include "signals.hpp"
#include "source.hpp"
#include "terminal.hpp"
#include "watchdog.hpp"

namespace gatehouse::cli {
namespace {

struct Loaded {
  Config config;
  proxy::ProxyOptions options;
  auth_socket::DoorOptions auth_socket;
};

/// Reads and checks everything that the command line names. Sockets that were passed stand before every address.
Result<Loaded> load(Runtime& runtime, const Arguments& arguments, const PassedSockets& passed) {
  auto config = runtime.load(config_source(arguments));
  if (!config) return config.error();
  if (auto sections = check_sections(*config, arguments); !sections) return sections.error();
  auto options = proxy_options(*config, arguments);
  if (!options) return options.error();
  if (!passed.door.empty()) options->listen = passed.door;
  if (!passed.forward_auth.empty()) options->forward_auth = passed.forward_auth.front();
  if (auto fits = check_door(*config, *options, arguments); !fits) return fits.error();
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
  return loaded.options.upstream.empty() ? text : text + ", upstream " + loaded.options.upstream;
}

constexpr auto reload_grace = std::chrono::seconds(5);

/// What lives as long as the process serves. Reloads come from the signals' thread and from the admin listener's.
struct Serving {
  const Arguments& arguments;
  PassedSockets passed;
  Notifier notifier;
  Log log;
  std::string admin{};                       ///< where the admin listener is, as configured
  std::string status{};                      ///< under the mutex, once others run
  std::timed_mutex mutex{};                  ///< one reload at a time
  Runtime* runtime = nullptr;                ///< there when `door` is
  std::atomic<proxy::Proxy*> door{nullptr};  ///< once it can drain
  std::atomic<bool> ending{false};           ///< no reload begins any more
  std::atomic<bool> ready{false};
  std::atomic<bool> last_reload_failed{false};
  std::atomic<std::uint64_t> generation{0};
  std::atomic<std::uint64_t> reloads{0};
  std::atomic<std::uint64_t> failed_reloads{0};
};

void tell_start(const Serving& serving, const Loaded& loaded, const proxy::Proxy& door) {
  const Log& log = serving.log;
  log.info(serving.status);
  if (geteuid() == 0) {
    log.warning(
        "running as root: a fault here would be a fault of the whole machine. Run it as a user of its own; the " +
        std::string("systemd unit that is installed with it does"));
  }
  if (!serving.passed.door.empty() && !serving.arguments.listen.empty()) {
    log.warning("--listen is not used: the service manager passed the sockets");
  }
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
  // All of them, or none.
  if (doors.socket) {
    if (auto fits = auth_socket::Door::check(loaded.config, loaded.auth_socket); !fits) return fits;
  }
  if (auto done = doors.proxy->reload(loaded.config, loaded.options); !done) return done;
  if (doors.socket) {
    doors.socket->take(loaded.config, loaded.auth_socket);
  } else if (!loaded.auth_socket.path.empty()) {
    log.warning("an auth socket is opened only by a restart");
  }
  return {};
}

AdminReply refuse_reload(Serving& serving, const Error& error) {
  ++serving.failed_reloads;
  serving.last_reload_failed = true;
  serving.log.error(error.message);
  serving.log.error("the new configuration was not taken; the old one goes on serving");
  serving.notifier.ready("the new configuration was not taken; serving " + serving.status);
  return {false, error.message + "\nthe new configuration was not taken; the old one goes on serving"};
}

AdminReply reload(Runtime& runtime, Doors& doors, Serving& serving) {
  const std::lock_guard lock(serving.mutex);
  if (serving.ending) return {false, "it is ending"};
  serving.log.info("loading the configuration again");
  serving.notifier.reloading();
  auto loaded = load(runtime, serving.arguments, serving.passed);
  if (!loaded) return refuse_reload(serving, loaded.error());
  if (auto done = reload_doors(doors, *loaded, serving.log); !done) return refuse_reload(serving, done.error());
  if (loaded->options.admin != serving.admin) {
    serving.log.warning("a change of admin needs a restart; the rest was taken");
  }
  ++serving.reloads;
  serving.log.set_level(loaded->config.log_level().value_or(LogLevel::info));
  serving.last_reload_failed = false;
  serving.generation = loaded->config.id();
  serving.status = describe(*loaded);
  serving.log.info("the new configuration serves: " + serving.status);
  serving.notifier.ready("serving " + serving.status);
  return {true, "the new configuration serves: " + serving.status};
}

std::string health_text(const Serving& serving) {
  const auto word = [](const std::atomic<bool>& value) { return value ? "true" : "false"; };
  return std::string("{\"live\":true,\"ready\":") + word(serving.ready) +
         ",\"generation\":" + std::to_string(serving.generation) +
         ",\"last_reload_failed\":" + word(serving.last_reload_failed) + "}\n";
}

std::string throttled_text(const std::vector<Throttled>& all) {
  std::string text;
  for (const Throttled& each : all) {
    if (!text.empty()) text += '\n';
    text += each.subject.empty() ? "guesses at anybody" : "guesses at \"" + printable(each.subject) + "\"";
    if (!each.source.empty()) text += " from " + printable(each.source);
    text += ": " + std::to_string(each.remaining.count()) + " s more";
  }
  return text.empty() ? "nobody has to wait" : text;
}

/// Null if none is wanted.
Result<std::unique_ptr<AdminServer>> open_admin(Runtime& runtime, Doors& doors, Serving& serving) {
  const std::string address = serving.passed.admin.empty() ? serving.admin : serving.passed.admin.front();
  if (address.empty()) return std::unique_ptr<AdminServer>();
  AdminPages pages;
  pages.ready = [&serving] { return serving.ready.load(); };
  pages.health = [&serving] { return health_text(serving); };
  pages.metrics = [&] {
    return metrics_text(runtime.metrics(), {.generation = serving.generation,
                                            .reloads = serving.reloads,
                                            .failed_reloads = serving.failed_reloads,
                                            .last_reload_failed = serving.last_reload_failed,
                                            .connections = doors.proxy->connections()});
  };
  pages.commands =
      admin_commands({.reload = [&] { return reload(runtime, doors, serving); },
                      .flush_cache = [&runtime] { runtime.flush_cache(); },
                      .list_throttled = [&runtime] { return throttled_text(runtime.throttled()); },
                      .clear_throttle = [&runtime](const std::string& subject) { runtime.clear_throttle(subject); }});
  pages.log = serving.log.sink();
  auto server = AdminServer::open(address, std::move(pages));
  if (server) serving.log.info("admin listener on " + (*server)->address());
  return server;
}

int fail(const Error& error) {
  print_error(error.message);
  return exit_usage;
}

/// Told to end: what is in flight is finished. Before there is a door nobody is served, and what loads, which may take
/// its time, is not waited for.
void end(Serving& serving) {
  proxy::Proxy* const door = serving.door;
  if (door == nullptr) {
    serving.log.info("told to end before it served");
    std::_Exit(exit_ok);
  }
  serving.log.info("told to end: finishing what is in flight");
  serving.ready = false;
  serving.notifier.stopping();
  door->drain();
}

void reopen_logs(Serving& serving) {
  proxy::Proxy* const door = serving.door;
  if (door == nullptr) return;  // they were opened a moment ago
  serving.log.info("opening the files of the logs again");
  serving.runtime->reopen_logs();
  door->reopen_logs();
}

/// No reload is running any more, and none will. One that hangs, in a plugin or a look-up, is not waited for: everybody
/// has been served.
void end_reloads(Serving& serving, int status) {
  serving.ending = true;
  const std::unique_lock lock(serving.mutex, reload_grace);
  if (lock.owns_lock()) return;
  serving.log.warning("ended, in the middle of a reload that does not");
  std::_Exit(status);
}

}  // namespace

int serve(const Arguments& arguments) {
  auto passed = take_passed_sockets();  // before anything of our own may have a number that was announced
  if (!passed) return fail(passed.error());
  Serving serving{
      .arguments = arguments, .passed = *std::move(passed), .notifier = Notifier::from_environment(), .log = Log()};
  const Log& log = serving.log;
  Repeater reloads;
  auto signals = Signals::hold();
  if (!signals) return fail(signals.error());
  auto watching = (*signals)->watch({.end = [&serving] { end(serving); },
                                     .reload = [&reloads] { reloads.ask(); },
                                     .reopen = [&serving] { reopen_logs(serving); }});
  if (!watching) return fail(watching.error());
  RuntimeOptions options;
  options.plugin_dirs = plugin_folders(arguments.plugin_dirs);
  options.log = log.sink();
  options.audit_log = [log](std::string_view line) { log.audit(line); };
  auto runtime = Runtime::open(std::move(options));
  if (!runtime) return fail(runtime.error());
  Doors doors;
  const auto give_up = [&signals](const Error& error) {
    signals->reset();  // its thread may be telling the door to drain
    return fail(error);
  };
  {
    // Let go at the end of this block: a reload ends the backends that only the configuration before it names.
    auto loaded = load(*runtime, arguments, serving.passed);
    if (!loaded) return fail(loaded.error());
    log.set_level(loaded->config.log_level().value_or(LogLevel::info));
    auto opened = open_doors(*runtime, *loaded, log);
    if (!opened) return fail(opened.error());
    if (auto started = runtime->start(); !started) return fail(started.error());
    doors = *std::move(opened);
    serving.runtime = &*runtime;
    serving.door = doors.proxy.get();
    if (doors.socket) {
      if (auto started = doors.socket->start(); !started) return give_up(started.error());
      log.info("answering programs of this machine on " + loaded->auth_socket.path);
    }
    serving.status = describe(*loaded);
    serving.admin = loaded->options.admin;
    serving.generation = loaded->config.id();
    tell_start(serving, *loaded, *doors.proxy);
  }

  serving.ready = true;                                    // the door is bound: who comes now waits in its queue
  const std::string status = "serving " + serving.status;  // the admin listener may load another from now on
  proxy::Proxy& door = *doors.proxy;
  auto admin = open_admin(*runtime, doors, serving);
  if (!admin) return give_up(admin.error());
  serving.notifier.ready(status);
  auto repeating = reloads.start([&] { static_cast<void>(reload(*runtime, doors, serving)); });
  if (!repeating) return give_up(repeating.error());
  std::optional<Watchdog> watchdog(std::in_place, serving.notifier.watchdog(),
                                   [&] { door.probe([&notifier = serving.notifier] { notifier.alive(); }); });
  auto served = door.run();
  end_reloads(serving, served ? exit_ok : exit_failed);
  admin->reset();
  watchdog.reset();
  signals->reset();  // before what its thread calls
  reloads.end();
  doors.socket.reset();
  if (!served) {
    log.error(served.error().message);
    return exit_failed;
  }
  log.info("ended");
  return exit_ok;
}

}  // namespace gatehouse::cli
