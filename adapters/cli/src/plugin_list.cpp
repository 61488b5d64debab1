// SPDX-License-Identifier: Apache-2.0
// gatehouse plugin list: reads manifests, opens nothing.
#include <algorithm>
#include <gatehouse/plugin_info.hpp>
#include <iostream>

#include "commands.hpp"
#include "exit_codes.hpp"
#include "plugin_folders.hpp"
#include "terminal.hpp"

namespace gatehouse::cli {

int plugin_list(const Arguments& arguments) {
  auto all = list_plugins(plugin_folders(arguments.plugin_dirs));
  if (!all) {
    print_error(all.error().message);
    return exit_usage;
  }
  std::size_t widest = 0;
  for (const PluginManifest& plugin : all->plugins) widest = std::max(widest, plugin.id.size());
  for (const PluginManifest& plugin : all->plugins) {
    std::cout << plugin.id << std::string(widest - plugin.id.size() + 2, ' ') << printable(plugin.library);
    const char* separator = "  URI: ";
    for (const std::string& scheme : plugin.schemes) {
      std::cout << separator << scheme << ":";
      separator = " ";
    }
    std::cout << '\n';
  }
  std::cout.flush();
  if (all->plugins.empty()) {
    for (const std::string& folder : all->folders) print_error("there is no plugin in " + folder);
  }
  for (const std::string& broken : all->broken) print_error("cannot be used: " + broken);
  return all->broken.empty() && !all->plugins.empty() ? exit_ok : exit_failed;
}

}  // namespace gatehouse::cli
