// SPDX-License-Identifier: Apache-2.0
// Each check of conduct finds the plugin that was made for it, and only that check does.
#include <doctest/doctest.h>

#include <gatehouse/plugin_info.hpp>
#include <string>
#include <vector>

#include "yard.hpp"

namespace {

struct Found {
  std::vector<std::string> failed;
  std::string why;
  bool passed = false;
};

Found check(const std::string& name) {
  const yard::Folder folder;
  Found found;
  gatehouse::PluginCheckObserver observer;
  observer.ends = [&](std::string_view what, gatehouse::PluginCheckOutcome outcome, std::string_view detail) {
    if (outcome != gatehouse::PluginCheckOutcome::failed) return;
    found.failed.emplace_back(what);
    found.why = detail;
  };
  found.passed = gatehouse::check_plugin(folder.bring(name), {}, observer);
  return found;
}

TEST_CASE("a plugin that behaves passes") {
  const Found found = check("well_behaved");
  CAPTURE(found.why);
  CHECK(found.passed);
  CHECK(found.failed.empty());
}

TEST_CASE("each misbehaviour is found") {
  struct Case {
    std::string plugin;
    std::string check;
    std::string why;
  };
  const std::vector<Case> cases = {
      {"logs_secret", "no secret is logged, told or kept", "in a log line"},
      {"tells_secret", "no secret is logged, told or kept", "in its answer"},
      {"overstays", "it answers in time when nobody waits any more", "ask remaining_ms"},
      {"one_at_a_time", "eight threads at once get proper verdicts", "granted a made-up credential"},
      {"shares_instances", "two instances live apart", "once another instance is gone"},
      {"leaks_descriptor", "three more lives leave no descriptor and no thread", "3 more open descriptors"},
      {"takes_signal", "locale, signals, umask, folder and environment are as they were", "is handled in another way"},
      {"changes_umask", "locale, signals, umask, folder and environment are as they were", "umask"},
      {"changes_locale", "locale, signals, umask, folder and environment are as they were", "locale"},
      // The last one: it may stay loaded, and keep it, in a build for a sanitizer.
      {"keeps_secret", "no secret is logged, told or kept", "in memory, after the call"}};
  for (const Case& one : cases) {
    CAPTURE(one.plugin);
    const Found found = check(one.plugin);
    CAPTURE(found.why);
    CHECK(!found.passed);
    REQUIRE(found.failed.size() == 1);
    CHECK(found.failed[0] == one.check);
    CHECK(found.why.find(one.why) != std::string::npos);
  }
}

}  // namespace
