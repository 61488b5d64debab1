// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The plugin through its C boundary, with options as a user would write them.
#include <doctest/doctest.h>
#include <gatehouse/plugin.h>

#include <cstdlib>
#include <fake_plugin_host.hpp>
#include <map>
#include <memory>
#include <scratch_folder.hpp>
#include <string>
#include <vector>

extern "C" const gatehouse_plugin* gatehouse_plugin_v1(void);

namespace gatehouse::oidc::test {

using gatehouse::test::c_str;
using gatehouse::test::FakeCall;
using gatehouse::test::FakeHost;
using gatehouse::test::ScratchFolder;

inline std::string text(gatehouse_str s) {
  return {s.data == nullptr ? "" : s.data, s.size};
}

/// Values in the order of the description: what is given, else the default. Lists are separated by ','; durations are
/// in milliseconds.
class Values {
 public:
  explicit Values(const std::map<std::string, std::string>& given) {
    const gatehouse_plugin& plugin = *gatehouse_plugin_v1();
    values_.resize(plugin.option_count);
    texts_.resize(plugin.option_count);
    lists_.resize(plugin.option_count);
    std::size_t used = 0;
    for (std::size_t i = 0; i < plugin.option_count; ++i) {
      const gatehouse_option& option = plugin.options[i];
      const auto entry = given.find(text(option.name));
      used += entry == given.end() ? 0U : 1U;
      texts_[i] = entry == given.end() ? text(option.default_value) : entry->second;
      fill(i, option.type);
    }
    REQUIRE(used == given.size());
  }
  [[nodiscard]] const std::vector<gatehouse_option_value>& get() const { return values_; }

 private:
  void fill(std::size_t i, std::uint32_t type) {
    gatehouse_option_value& value = values_[i];
    value.type = type;
    value.present = texts_[i].empty() ? 0 : 1;
    value.text = c_str(texts_[i]);
    if (type == GATEHOUSE_OPTION_BOOLEAN) value.number = texts_[i] == "true" ? 1 : 0;
    if (type == GATEHOUSE_OPTION_DURATION || type == GATEHOUSE_OPTION_INTEGER) value.number = number(texts_[i]);
    if (type != GATEHOUSE_OPTION_TEXT_LIST) return;
    std::string_view rest = texts_[i];
    while (!rest.empty()) {
      const auto end = std::min(rest.find(','), rest.size());
      lists_[i].push_back(c_str(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    value.list = lists_[i].data();
    value.list_size = lists_[i].size();
  }
  static std::int64_t number(const std::string& written) {
    char* unit = nullptr;
    const auto value = std::strtoll(written.c_str(), &unit, 10);
    const std::map<std::string, std::int64_t> units = {{"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
    const auto known = units.find(unit);
    return known == units.end() ? value : value * known->second;
  }
  std::vector<gatehouse_option_value> values_;
  std::vector<std::string> texts_;
  std::vector<std::vector<gatehouse_str>> lists_;
};

class Backend {
 public:
  explicit Backend(const std::map<std::string, std::string>& given) {
    const Values values(given);
    instance = gatehouse_plugin_v1()->create(host.handle(), FakeHost::api(), values.get().data(), values.get().size());
  }
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  ~Backend() {
    if (instance == nullptr) return;
    if (started_ && gatehouse_plugin_v1()->stop != nullptr) gatehouse_plugin_v1()->stop(instance);
    gatehouse_plugin_v1()->destroy(instance);
  }
  void start() {
    REQUIRE(instance != nullptr);
    REQUIRE(gatehouse_plugin_v1()->start(instance) == 1);
    started_ = true;
  }
  void background() {
    static_cast<const gatehouse_background*>(gatehouse_plugin_v1()->get_extension(c_str(GATEHOUSE_EXT_BACKGROUND)))
        ->run(instance);
  }
  gatehouse_verdict ask(std::string_view token) { return ask(gatehouse::test::bearer_request(token)); }
  gatehouse_verdict ask(const gatehouse_request& request) {
    call = std::make_unique<FakeCall>();
    return gatehouse_plugin_v1()->authenticate(instance, &request, call->handle());
  }

  FakeHost host;
  void* instance = nullptr;
  std::unique_ptr<FakeCall> call;  ///< the last one

 private:
  bool started_ = false;
};

}  // namespace gatehouse::oidc::test
