// SPDX-License-Identifier: Apache-2.0
// One suite that any plugin must pass: the same code that `gatehouse plugin check` runs, with a configuration for those
// that need one.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <gatehouse/plugin_info.hpp>
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

/// What a configuration would say to this plugin, so that nothing has to be skipped.
gatehouse::PluginCheckSetup setup_for(const yard::Folder& folder, const std::string& plugin) {
  gatehouse::PluginCheckSetup setup;
  if (std::filesystem::path(plugin).stem() == "htpasswd") {
    // "right", with bcrypt of the lowest cost.
    folder.write("users", "alice:$2y$04$DkXyI2MbznxAIXClx5DmRep/88V12JzqlbyPW08n2qAPW8W3ynvdW\n");
    setup.options = {{"file", (folder.path() / "users").string()}};
    setup.user = "alice";
  }
  return setup;
}

TEST_CASE("every check passes") {
  REQUIRE(plugins().size() >= 2);
  for (const std::string& plugin : plugins()) {
    CAPTURE(plugin);
    const yard::Folder folder;
    const auto setup = setup_for(folder, plugin);
    int checks = 0;
    gatehouse::PluginCheckObserver observer;
    observer.ends = [&](std::string_view name, gatehouse::PluginCheckOutcome outcome, std::string_view detail) {
      ++checks;
      if (outcome == gatehouse::PluginCheckOutcome::failed) {
        const std::string what = std::string(name) + ": " + std::string(detail);
        FAIL_CHECK(what);
      }
    };
    CHECK(gatehouse::check_plugin(bring(folder, plugin), {}, observer, setup));
    CHECK(checks > (setup.options.empty() ? 5 : 15));
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
