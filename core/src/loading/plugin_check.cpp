// SPDX-License-Identifier: Apache-2.0
// Checks of one plugin, each in a function: nullopt if it passed, otherwise what is wrong.
#include <algorithm>
#include <chrono>
#include <exception>
#include <gatehouse/plugin_info.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "boundary/instance.hpp"
#include "config/document.hpp"
#include "loading/conduct.hpp"
#include "loading/found_plugin.hpp"
#include "loading/surroundings.hpp"
#include "log/log_queue.hpp"
#include "runtime/clock.hpp"

namespace gatehouse {
namespace detail {
namespace {

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

/// One instance with the options that were given and defaults for the others, and what became of it.
class Trial {
 public:
  Trial(std::shared_ptr<const Plugin> plugin, const PluginCheckSetup& setup)
      : plugin_(std::move(plugin)), user_(setup.user) {
    config::Problems problems;
    values_ = config::check_options(plugin_->options, raw(setup), {}, "", problems);
    // A missing option is what the first check is about.
    if (!setup.options.empty() && !problems.empty()) wrong_options_ = one_line(problems.to_error().message);
  }

  [[nodiscard]] const Wrong& wrong_options() const noexcept { return wrong_options_; }

  /// The first option that is required and was not given; empty: there is none.
  [[nodiscard]] std::string required() const {
    const auto found = std::find_if(plugin_->options.begin(), plugin_->options.end(), [this](const OptionSpec& option) {
      return option.required && !values_.has(option.name);
    });
    return found == plugin_->options.end() ? std::string() : found->name;
  }

  /// With required options missing it has to fail and to say why.
  Wrong create() {
    config::Problems problems;
    instance_ = make(log_, problems);
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
    for (const Request& request : made_up_.all()) {
      if ((static_cast<CredentialKinds>(request.credential) & plugin_->credentials) != 0) continue;
      if (auto wrong = ask(request)) return wrong;
    }
    return std::nullopt;
  }

  Wrong ask_made_up() {
    for (const Request& request : made_up_.all()) {
      if ((static_cast<CredentialKinds>(request.credential) & plugin_->credentials) == 0) continue;
      if (auto wrong = ask(request)) return wrong;
    }
    return std::nullopt;
  }

  [[nodiscard]] Wrong deadline() { return check_deadline(*instance_); }
  [[nodiscard]] Wrong parallel() { return check_parallel(*instance_); }
  [[nodiscard]] Wrong apart() { return check_apart(*instance_, started()); }
  [[nodiscard]] Wrong secrets() const { return check_secrets(started(), user_); }
  [[nodiscard]] Wrong lives() const { return check_lives(started()); }

  Wrong end() {
    instance_->stop();
    instance_.reset();
    return std::nullopt;
  }

 private:
  [[nodiscard]] Wrong ask(const Request& request) {
    return detail::ask_made_up(*instance_, request, std::chrono::seconds(10));
  }

  /// Its log is the caller's.
  [[nodiscard]] MakeInstance started() const {
    return [this](LogQueue& log) -> std::unique_ptr<Instance> {
      config::Problems problems;
      auto instance = make(log, problems);
      if (instance && !instance->start()) instance.reset();
      return instance;
    };
  }

  static config::RawTable raw(const PluginCheckSetup& setup) {
    config::RawTable table;
    for (const auto& [name, value] : setup.options) {
      const auto before =
          std::find_if(table.begin(), table.end(), [&name = name](const auto& entry) { return entry.first == name; });
      if (before == table.end()) {
        config::RawValue written;
        written.value = value;
        written.where.key = name;
        written.from_uri = true;
        table.emplace_back(name, std::move(written));
      } else {
        std::vector<std::string> list;
        if (const auto* one = std::get_if<std::string>(&before->second.value)) list.push_back(*one);
        if (const auto* many = std::get_if<std::vector<std::string>>(&before->second.value)) list = *many;
        list.push_back(value);
        before->second.value = std::move(list);
      }
    }
    return table;
  }

  std::unique_ptr<Instance> make(LogQueue& log, config::Problems& problems) const {
    return Instance::create(plugin_, "check", values_, {}, parallel_calls, system_clock(), log, problems);
  }

  std::shared_ptr<const Plugin> plugin_;
  std::string user_;
  OptionValues values_;
  Wrong wrong_options_;
  LogQueue log_{{}, LogLevel::error};
  std::unique_ptr<Instance> instance_;
  MadeUpRequests made_up_;
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
  if (trial.wrong_options()) {
    series.run("the options that were given can be taken", [&] { return trial.wrong_options(); });
    return;
  }
  const std::string required = trial.required();
  const std::ptrdiff_t threads = thread_count();
  series.run(required.empty() ? "create() works" : "create() without its required options fails cleanly",
             [&] { return trial.create(); });
  series.run("create() starts no thread", [&] { return more_threads(threads); });
  if (!trial.usable()) {
    series.skip("start() and authenticate()",
                required.empty() ? "there is no instance"
                                 : "give them what a configuration would: --option " + required + "=...");
    return;
  }
  if (!series.run("start() works", [&] { return trial.start(); })) return;
  series.run("credentials of kinds that it does not take are not granted", [&] { return trial.ask_foreign(); });
  series.run("made-up credentials get a proper verdict, and no grant", [&] { return trial.ask_made_up(); });
  series.run("it answers in time when nobody waits any more", [&] { return trial.deadline(); });
  series.run("eight threads at once get proper verdicts", [&] { return trial.parallel(); });
  series.run("two instances live apart", [&] { return trial.apart(); });
  series.run("no secret is logged, told or kept", [&] { return trial.secrets(); });
  series.run("three more lives leave no descriptor and no thread", [&] { return trial.lives(); });
  series.run("stop() and destroy() return", [&] { return trial.end(); });
  series.run("no thread is left", [&] { return more_threads(threads); });
}

}  // namespace
}  // namespace detail

bool check_plugin(const std::string& plugin, const std::vector<std::string>& plugin_dirs,
                  const PluginCheckObserver& observer, const PluginCheckSetup& setup) {
  detail::Series series(observer);
  detail::FoundPlugin found;
  const auto before = detail::Surroundings::look();
  const bool loaded = series.run("it loads", [&]() -> detail::Wrong {
    auto result = detail::find_plugin(plugin, plugin_dirs);
    if (!result) return detail::one_line(result.error().message);
    found = *std::move(result);
    return std::nullopt;
  });
  if (!loaded) return false;
  series.run("loading it starts no thread", [&] { return detail::more_threads(before.threads); });
  detail::check_description(series, *found.plugin);
  detail::Trial trial(found.plugin, setup);
  detail::check_calls(series, trial);
  series.run("locale, signals, umask, folder and environment are as they were",
             [&] { return before.settings_changed(detail::Surroundings::look()); });
  return series.passed();
}

}  // namespace gatehouse
