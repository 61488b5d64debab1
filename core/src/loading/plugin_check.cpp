// SPDX-License-Identifier: Apache-2.0
// Checks of one plugin, each in a function: nullopt if it passed, otherwise what is wrong.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <filesystem>
#include <gatehouse/plugin_info.hpp>
#include <iterator>
#include <optional>
#include <utility>

#include "boundary/instance.hpp"
#include "config/document.hpp"
#include "loading/found_plugin.hpp"
#include "log/log_queue.hpp"
#include "runtime/clock.hpp"

namespace gatehouse {
namespace detail {
namespace {

using Wrong = std::optional<std::string>;

std::ptrdiff_t thread_count() {
  std::error_code failed;
  const std::filesystem::directory_iterator tasks("/proc/self/task", failed);
  return failed ? 0 : std::distance(begin(tasks), end(tasks));
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ';');
  return text;
}

Wrong more_threads(std::ptrdiff_t before) {
  const std::ptrdiff_t now = thread_count();
  if (now <= before) return std::nullopt;
  return std::to_string(now - before) + " more than before";
}

Wrong check_summary(const Plugin& plugin) {
  if (plugin.summary.empty()) return "it has no summary";
  return std::nullopt;
}

Wrong check_reserved(const gatehouse_plugin& d) {
  if (d.reserved != 0) return "reserved of the description is not 0";
  if ((d.traits & ~(GATEHOUSE_TRAIT_CPU | GATEHOUSE_TRAIT_NETWORK)) != 0) {
    return "it has traits that this version does not know (mask " + std::to_string(d.traits) + ")";
  }
  for (std::size_t i = 0; i < d.option_count; ++i) {
    const gatehouse_option& option = d.options[i];
    if (option.reserved != 0) return "reserved of option number " + std::to_string(i + 1) + " is not 0";
    if ((option.flags & ~(GATEHOUSE_OPTION_REQUIRED | GATEHOUSE_OPTION_SECRET)) != 0) {
      return "option number " + std::to_string(i + 1) + " has flags that this version does not know";
    }
  }
  return std::nullopt;
}

Wrong check_help(const Plugin& plugin) {
  for (const OptionSpec& option : plugin.options) {
    if (option.help.empty()) return "option " + option.name + " has none";
  }
  return std::nullopt;
}

Wrong check_names(const Plugin& plugin) {
  const std::vector<std::string> taken = config::backend_key_names();
  for (const OptionSpec& option : plugin.options) {
    if (std::find(taken.begin(), taken.end(), option.name) != taken.end()) {
      return "option " + option.name + " has the name of a key that every backend has; users could never set it";
    }
    if (option.required && !option.default_value.empty())
      return "option " + option.name + " is required and has a default";
    if (option.secret && !option.default_value.empty()) return "option " + option.name + " is secret and has a default";
  }
  return std::nullopt;
}

Wrong check_defaults(const Plugin& plugin) {
  for (const OptionSpec& option : plugin.options) {
    if (option.default_value.empty() || option.secret) continue;
    OptionSpec alone = option;
    alone.default_value.clear();
    alone.required = false;
    config::RawValue written;
    written.value = option.default_value;
    written.from_uri = true;
    config::Problems problems;
    static_cast<void>(config::check_options({alone}, {{option.name, written}}, {}, "/", problems));
    if (!problems.empty()) return "option " + option.name + ": " + one_line(problems.to_error().message);
  }
  return std::nullopt;
}

Wrong check_uri_option(const Plugin& plugin) {
  for (const OptionSpec& option : plugin.options) {
    if (option.name != plugin.uri_option) continue;
    if (option.secret) return "option " + option.name + " is secret: a URI is seen by everybody on the machine";
    if (option.type != OptionType::text && option.type != OptionType::path && option.type != OptionType::text_list) {
      return "option " + option.name + " is neither a text nor a path";
    }
  }
  return std::nullopt;
}

/// One instance with nothing but defaults, and what became of it.
class Trial {
 public:
  explicit Trial(std::shared_ptr<const Plugin> plugin) : plugin_(std::move(plugin)) {}

  [[nodiscard]] std::string required() const {
    const auto found = std::find_if(plugin_->options.begin(), plugin_->options.end(),
                                    [](const OptionSpec& option) { return option.required; });
    return found == plugin_->options.end() ? std::string() : found->name;
  }

  /// With required options missing it has to fail and to say why.
  Wrong create() {
    config::Problems unused;
    const OptionValues defaults = config::check_options(plugin_->options, {}, {}, "/", unused);
    config::Problems problems;
    instance_ = Instance::create(plugin_, "check", defaults, {}, 2, system_clock(), log_, problems);
    const std::string said = problems.empty() ? std::string() : one_line(problems.to_error().message);
    if (said.find("did not say why") != std::string::npos || said.find("threw an exception") != std::string::npos) {
      return said;
    }
    if (!required().empty() && instance_) {
      instance_.reset();
      return "it was made although its required option " + required() + " is missing";
    }
    if (required().empty() && !instance_) return said;
    return std::nullopt;
  }

  Wrong start() {
    auto started = instance_->start();
    if (!started) {
      instance_.reset();
      return one_line(started.error().message);
    }
    return std::nullopt;
  }

  [[nodiscard]] bool usable() const noexcept { return instance_ != nullptr; }

  /// Kinds that the plugin does not take never reach it in service: here they do, and must not be taken for proof.
  Wrong ask_foreign() {
    for (const Request& request : made_up_requests()) {
      if ((static_cast<CredentialKinds>(request.credential) & plugin_->credentials) != 0) continue;
      if (auto wrong = ask(request)) return wrong;
    }
    return std::nullopt;
  }

  Wrong ask_made_up() {
    for (const Request& request : made_up_requests()) {
      if ((static_cast<CredentialKinds>(request.credential) & plugin_->credentials) == 0) continue;
      if (auto wrong = ask(request)) return wrong;
    }
    return std::nullopt;
  }

  Wrong end() {
    instance_->stop();
    instance_.reset();
    return std::nullopt;
  }

 private:
  [[nodiscard]] Wrong ask(const Request& request) {
    using std::chrono::seconds;
    const std::atomic<bool> abandoned{false};
    const BackendAnswer answer =
        instance_->ask(request, "check", system_clock().steady() + seconds(10), abandoned, Admit());
    if (answer.reason == Reason::plugin_fault) return answer.detail;
    if (answer.verdict == VerdictCode::granted) {
      return "it granted a made-up credential (kind " + std::to_string(static_cast<std::uint32_t>(request.credential)) +
             ") to \"" + log_safe(answer.identity.subject) + "\"";
    }
    return std::nullopt;
  }

  /// Within what the boundary promises, and as odd as that allows. Views into static and own memory.
  [[nodiscard]] std::vector<Request> made_up_requests() const {
    std::vector<Request> all;
    all.emplace_back();
    const std::array<std::string_view, 5> users = {"no-such-user-7f3a", "*)(uid=*))(|(uid=*", "../../etc/passwd",
                                                   "\xF0\x9F\x9A\xAA\xE2\x80\xAE", longest_user_};
    const std::array<std::string_view, 3> passwords = {"made up", "\x01%n%s\xFF\xFE:", longest_password_};
    for (const std::string_view user : users) {
      for (const std::string_view password : passwords) all.push_back(Request::with_password(user, password));
    }
    for (const std::string_view token : {std::string_view("made.up.token"), std::string_view(longest_token_)}) {
      all.push_back(Request::with_token(token));
    }
    Request response;
    response.credential = CredentialKind::response;
    response.state = "made up";
    response.responses = responses_;
    all.push_back(response);
    return all;
  }

  std::shared_ptr<const Plugin> plugin_;
  LogQueue log_{{}, LogLevel::error};
  std::unique_ptr<Instance> instance_;
  std::string longest_user_ = std::string(max_user_size, 'u');
  std::string longest_password_ = std::string(max_password_size, 'p');
  std::string longest_token_ = std::string(max_token_size, 't');
  std::array<std::string_view, 2> responses_ = {"made up", ""};
};

class Series {
 public:
  explicit Series(const PluginCheckObserver& observer) : observer_(observer) {}

  template <typename Check>
  bool run(std::string_view name, Check&& check) {
    if (observer_.begins) observer_.begins(name);
    Wrong wrong;
    try {
      wrong = check();
    } catch (const std::exception& e) {
      wrong = std::string("exception: ") + e.what();
    }
    if (wrong) passed_ = false;
    if (observer_.ends) {
      observer_.ends(name, wrong ? PluginCheckOutcome::failed : PluginCheckOutcome::passed, wrong.value_or(""));
    }
    return !wrong;
  }

  void skip(std::string_view name, std::string_view why) {
    if (observer_.ends) observer_.ends(name, PluginCheckOutcome::skipped, why);
  }

  [[nodiscard]] bool passed() const noexcept { return passed_; }

 private:
  const PluginCheckObserver& observer_;
  bool passed_ = true;
};

void check_description(Series& series, const Plugin& plugin) {
  series.run("reserved fields are 0, flags and traits are known", [&] { return check_reserved(*plugin.description); });
  series.run("it has a summary", [&] { return check_summary(plugin); });
  series.run("every option has a help text", [&] { return check_help(plugin); });
  series.run("option names are free, secrets and required options have no default",
             [&] { return check_names(plugin); });
  series.run("every default can be read", [&] { return check_defaults(plugin); });
  constexpr std::string_view uri = "its URI option fits into a URI";
  if (plugin.uri_option.empty()) {
    series.skip(uri, "it has no URI option");
  } else {
    series.run(uri, [&] { return check_uri_option(plugin); });
  }
}

void check_calls(Series& series, Trial& trial) {
  const std::string required = trial.required();
  const std::ptrdiff_t threads = thread_count();
  series.run(
      required.empty() ? "create() works without options" : "create() without its required options fails cleanly",
      [&] { return trial.create(); });
  series.run("create() starts no thread", [&] { return more_threads(threads); });
  if (!trial.usable()) {
    series.skip("start() and authenticate()", required.empty() ? "there is no instance" : "they need a configuration");
    return;
  }
  if (!series.run("start() works", [&] { return trial.start(); })) return;
  series.run("credentials of kinds that it does not take are not granted", [&] { return trial.ask_foreign(); });
  series.run("made-up credentials get a proper verdict, and no grant", [&] { return trial.ask_made_up(); });
  series.run("stop() and destroy() return", [&] { return trial.end(); });
  series.run("no thread is left", [&] { return more_threads(threads); });
}

}  // namespace
}  // namespace detail

bool check_plugin(const std::string& plugin, const std::vector<std::string>& plugin_dirs,
                  const PluginCheckObserver& observer) {
  detail::Series series(observer);
  detail::FoundPlugin found;
  const std::ptrdiff_t threads = detail::thread_count();
  const bool loaded = series.run("it loads", [&]() -> detail::Wrong {
    auto result = detail::find_plugin(plugin, plugin_dirs);
    if (!result) return detail::one_line(result.error().message);
    found = *std::move(result);
    return std::nullopt;
  });
  if (!loaded) return false;
  series.run("loading it starts no thread", [&] { return detail::more_threads(threads); });
  detail::check_description(series, *found.plugin);
  detail::Trial trial(found.plugin);
  detail::check_calls(series, trial);
  return series.passed();
}

}  // namespace gatehouse
