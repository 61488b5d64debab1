// SPDX-License-Identifier: Apache-2.0
// gatehouse plugin check: the parent prints and survives, the child loads the plugin and reports. A report is a line
// "begin NAME", "ok NAME", "skip NAME<tab>WHY", "not NAME<tab>WHY", and at the very end "done".
#include <unistd.h>

#include <chrono>
#include <gatehouse/plugin_info.hpp>
#include <iostream>
#include <string>

#include "child.hpp"
#include "commands.hpp"
#include "exit_codes.hpp"
#include "plugin_folders.hpp"
#include "terminal.hpp"

namespace gatehouse::cli {
namespace {

constexpr std::chrono::seconds deadline{30};

class Report {
 public:
  void add(std::string_view line) {
    const std::size_t space = line.find(' ');
    const std::string_view word = line.substr(0, space);
    std::string_view name = space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
    std::string_view why;
    if (const std::size_t tab = name.find('\t'); tab != std::string_view::npos) {
      why = name.substr(tab + 1);
      name = name.substr(0, tab);
    }
    if (word == "begin") begun_ = name;
    if (word == "done") done_ = true;
    if (word == "ok") print(true, name, "");
    if (word == "skip") print(true, name, std::string("# skipped: ") + printable(why));
    if (word == "not") fail(name, why);
  }

  /// False if anything failed.
  bool end(const ChildEnd& child) {
    const std::string where = begun_.empty() ? "the process starts" : begun_;
    if (child.timed_out) {
      fail(where, "it did not come back within " + std::to_string(deadline.count()) + " seconds");
    } else if (child.signal != 0) {
      fail(where, "it crashed: " + signal_name(child.signal));
    } else if (!done_) {
      fail(where, "it ended the process, with status " + std::to_string(child.status));
    } else if (!begun_.empty()) {
      fail(where, "the check did not end");
    }
    std::cout << "1.." << number_ << std::endl;
    return !failed_;
  }

 private:
  void print(bool passed, std::string_view name, const std::string& comment) {
    begun_.clear();
    std::cout << paint(passed ? "ok" : "not ok", passed ? Colour::green : Colour::red, coloured_) << " " << ++number_
              << " - " << printable(name) << (comment.empty() ? "" : " ") << comment << std::endl;
  }

  void fail(std::string_view name, std::string_view why) {
    failed_ = true;
    print(false, name, "");
    std::cout << "# " << printable(why) << std::endl;
  }

  const bool coloured_ = colours(STDOUT_FILENO);
  std::string begun_;
  bool done_ = false;
  bool failed_ = false;
  int number_ = 0;
};

void report(std::string line) {
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = write(report_fd, rest.data(), rest.size());
    if (written <= 0) _exit(exit_usage);  // nobody listens
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

int plugin_check(const Arguments& arguments) {
  const std::string plugin = plugin_name(arguments.plugin);
  for (const std::string& option : arguments.options) {
    if (option.find('=') != std::string::npos) continue;
    print_error("--option " + printable(option) + ": write NAME=VALUE");
    return exit_usage;
  }
  std::vector<std::string> words = {"plugin", "check-child", plugin};
  for (const std::string& folder : plugin_folders(arguments.plugin_dirs)) {
    words.emplace_back("--plugin-dir");
    words.push_back(folder);
  }
  for (const std::string& option : arguments.options) {
    words.emplace_back("--option");
    words.push_back(option);
  }
  if (!arguments.user.empty()) {
    words.emplace_back("--user");
    words.push_back(arguments.user);
  }
  std::cout << "# " << printable(plugin) << std::endl;
  Report lines;
  const auto ended = run_child("/proc/self/exe", words, deadline, [&lines](std::string_view line) { lines.add(line); });
  if (!ended) {
    print_error("the plugin cannot be tried: " + ended.error().message);
    return exit_failed;
  }
  return lines.end(*ended) ? exit_ok : exit_failed;
}

int plugin_check_child(const Arguments& arguments) {
  PluginCheckObserver observer;
  observer.begins = [](std::string_view name) { report("begin " + std::string(name)); };
  observer.ends = [](std::string_view name, PluginCheckOutcome outcome, std::string_view detail) {
    const char* word = outcome == PluginCheckOutcome::passed    ? "ok "
                       : outcome == PluginCheckOutcome::skipped ? "skip "
                                                                : "not ";
    report(word + std::string(name) + (detail.empty() ? "" : "\t") + printable(detail));
  };
  PluginCheckSetup setup;
  setup.user = arguments.user;
  for (const std::string& option : arguments.options) {
    const std::size_t equals = option.find('=');  // there: the parent looked
    setup.options.emplace_back(option.substr(0, equals), option.substr(equals + 1));
  }
  const bool passed = check_plugin(arguments.plugin, arguments.plugin_dirs, observer, setup);
  report("done");
  return passed ? exit_ok : exit_failed;
}

}  // namespace gatehouse::cli
