// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A plugin that passed every check of loading, in the engine's own types.
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
  const gatehouse_uri* uri = nullptr;
  const gatehouse_credentials* credentials_of = nullptr;
  const gatehouse_token_check* token_check = nullptr;
  const gatehouse_budget* budget = nullptr;
};

/// Loads in a fixed order, with one message per failure that names the file and, for versions and sizes, both numbers:
/// path trusted, opened, symbol, description, major, minor, size, required functions, id, options.
/// `expected_id` is the manifest's; empty for a plugin that is configured by path.
[[nodiscard]] Result<std::shared_ptr<const Plugin>> load_plugin(const std::string& path,
                                                                const std::string& expected_id);

}  // namespace gatehouse::detail
