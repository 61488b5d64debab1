// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A plugin named by an operator, found and loaded.
#include <memory>
#include <string>
#include <vector>

#include <gatehouse/result.hpp>

#include "config/manifest.hpp"
#include "loading/plugin.hpp"

namespace gatehouse::detail {

struct FoundPlugin {
  config::Manifest manifest;  ///< only `library` is set when it was named by its path
  std::shared_ptr<const Plugin> plugin;
};

/// `plugin` is an id, or an absolute path. May throw only when memory is out.
[[nodiscard]] Result<FoundPlugin> find_plugin(const std::string& plugin, const std::vector<std::string>& plugin_dirs);

}  // namespace gatehouse::detail
