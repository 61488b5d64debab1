// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Where this tool looks for plugins.
#include <string>
#include <vector>

namespace gatehouse::cli {

/// Those that were asked for; else the folder of the installation (or build tree) that this program stands in, so that
/// a tree can be moved; else nothing, which means the folder that the library was built for.
[[nodiscard]] std::vector<std::string> plugin_folders(const std::vector<std::string>& asked_for);

/// What the engine calls a plugin that a user named: a path, absolute, if `name` has a '/' or ends in ".so"; otherwise
/// an id, unchanged.
[[nodiscard]] std::string plugin_name(const std::string& name);

}  // namespace gatehouse::cli
