// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A plugin that passed every check of loading, in the engine's own types.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gatehouse/plugin.h>
#include <gatehouse/option.hpp>
#include <gatehouse/request.hpp>
#include <gatehouse/result.hpp>

namespace gatehouse::detail {

struct Plugin {
  const gatehouse_plugin* description = nullptr;  ///< valid until the process ends
  std::string path;
  std::string id;
  std::string version;
  std::string summary;
  std::string uri_option;
  std::vector<OptionSpec> options;
  std::vector<std::string> attributes;
  CredentialKinds credentials = 0;
  bool cpu = false;
  bool network = false;
  const gatehouse_background* background = nullptr;
  /// gatehouse.uri/1; empty if the plugin has no form of its own.
  std::function<std::int32_t(gatehouse_str uri, void* context, void (*emit)(void*, gatehouse_str, gatehouse_str),
                             void (*error)(void*, gatehouse_str))>
      read_uri;
  /// Makes an instance that `description` knows to ask.
  std::function<void*(gatehouse_host*, const gatehouse_host_api*, const gatehouse_option_value*, std::size_t)> create;
  const gatehouse_credentials* credentials_of = nullptr;
  const gatehouse_token_check* token_check = nullptr;
  const gatehouse_budget* budget = nullptr;
};

/// What a plugin says of itself, checked: version, size, required functions, id, options. The Error names the file.
[[nodiscard]] Result<Plugin> read_description(const gatehouse_plugin& description, const std::string& path,
                                              const std::string& expected_id);

/// Loads in a fixed order, with one message per failure that names the file and, for versions and sizes, both numbers:
/// path trusted, opened, symbol, description, and what read_description() looks at.
/// `expected_id` is the manifest's; empty for a plugin that is configured by path.
[[nodiscard]] Result<std::shared_ptr<const Plugin>> load_plugin(const std::string& path,
                                                                const std::string& expected_id);

}  // namespace gatehouse::detail
