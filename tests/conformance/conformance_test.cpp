// SPDX-License-Identifier: Apache-2.0
// One suite that any plugin must pass: what `gatehouse plugin check` looks at, and that a plugin leaves the process of
// its host as it found it.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <clocale>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <gatehouse/plugin_info.hpp>
#include <iterator>
#include <string>
#include <vector>

#include "yard.hpp"

namespace {

std::vector<std::string> plugins() {
  std::vector<std::string> all;
  const std::string list = CONFORMING_PLUGINS;
  for (std::size_t begin = 0; begin < list.size();) {
    const std::size_t end = std::min(list.find(':', begin), list.size());
    all.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

std::string bring(const yard::Folder& folder, const std::string& plugin) {
  const auto here = folder.path() / std::filesystem::path(plugin).filename();
  std::filesystem::copy_file(plugin, here);
  REQUIRE(chmod(here.c_str(), 0755) == 0);
  return here.string();
}

std::ptrdiff_t entries(const char* folder) {
  return std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
}

/// What a plugin must not change for its host.
struct Surroundings {
  std::string folder = std::filesystem::current_path().string();
  std::string locale = std::setlocale(LC_ALL, nullptr);
  mode_t mask = [] {
    const mode_t now = umask(0);
    umask(now);
    return now;
  }();
  std::ptrdiff_t descriptors = entries("/proc/self/fd");
  std::ptrdiff_t threads = entries("/proc/self/task");
  std::vector<void (*)(int)> handlers = [] {
    std::vector<void (*)(int)> all;
    for (const int number : {SIGHUP, SIGINT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD}) {
      struct sigaction action {};
      sigaction(number, nullptr, &action);
      all.push_back(action.sa_handler);
    }
    return all;
  }();
};

TEST_CASE("every check passes") {
  REQUIRE(plugins().size() >= 2);
  for (const std::string& plugin : plugins()) {
    CAPTURE(plugin);
    const yard::Folder folder;
    int checks = 0;
    gatehouse::PluginCheckObserver observer;
    observer.ends = [&](std::string_view name, gatehouse::PluginCheckOutcome outcome, std::string_view detail) {
      ++checks;
      if (outcome == gatehouse::PluginCheckOutcome::failed) {
        const std::string what = std::string(name) + ": " + std::string(detail);
        FAIL_CHECK(what);
      }
    };
    CHECK(gatehouse::check_plugin(bring(folder, plugin), {}, observer));
    CHECK(checks > 5);
  }
}

TEST_CASE("a plugin leaves its host's process as it was") {
  for (const std::string& plugin : plugins()) {
    CAPTURE(plugin);
    const yard::Folder folder;
    const std::string path = bring(folder, plugin);
    static_cast<void>(gatehouse::check_plugin(path, {}, {}));  // its libraries are open from here on
    const Surroundings before;
    for (int i = 0; i < 3; ++i) static_cast<void>(gatehouse::check_plugin(path, {}, {}));
    const Surroundings after;
    CHECK(before.folder == after.folder);
    CHECK(before.locale == after.locale);
    CHECK(before.mask == after.mask);
    CHECK(before.descriptors == after.descriptors);
    CHECK(before.threads == after.threads);
    CHECK(before.handlers == after.handlers);
  }
}

TEST_CASE("a plugin is what its file is called, and describes itself in words that can be shown") {
  for (const std::string& plugin : plugins()) {
    CAPTURE(plugin);
    const yard::Folder folder;
    const auto info = gatehouse::describe_plugin(bring(folder, plugin), {});
    REQUIRE(info.ok());
    CHECK(info->id == std::filesystem::path(plugin).stem().string());
    CHECK(info->version != "");
    CHECK(info->summary != "");
    for (const auto& option : info->options) CHECK(option.help != "");
  }
}

}  // namespace
