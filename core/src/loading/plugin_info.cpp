// SPDX-License-Identifier: Apache-2.0
#include <gatehouse/plugin_info.hpp>

#include <exception>
#include <utility>

#include "config/manifest.hpp"
#include "loading/found_plugin.hpp"
#include "loading/plugin.hpp"
#include "loading/plugin_folders.hpp"

namespace gatehouse {
namespace detail {

Result<FoundPlugin> find_plugin(const std::string& plugin, const std::vector<std::string>& plugin_dirs) {
  FoundPlugin found;
  if (!plugin.empty() && plugin[0] == '/') {
    found.manifest.library = plugin;
  } else {
    auto manifest = config::Catalogue(plugin_folders(plugin_dirs)).find(plugin);
    if (!manifest) return manifest.error();
    found.manifest = *std::move(manifest);
  }
  auto loaded = load_plugin(found.manifest.library, found.manifest.id);
  if (!loaded) return loaded.error();
  found.plugin = *std::move(loaded);
  return found;
}

}  // namespace detail

Result<PluginCatalogue> list_plugins(const std::vector<std::string>& plugin_dirs) {
  try {
    PluginCatalogue all;
    all.folders = detail::plugin_folders(plugin_dirs);
    const config::Catalogue catalogue(all.folders);
    for (const config::Manifest& manifest : catalogue.manifests()) {
      all.plugins.push_back({.id = manifest.id,
                             .path = manifest.path,
                             .library = manifest.library,
                             .schemes = manifest.schemes,
                             .shared_names = manifest.shared_names});
    }
    all.broken = catalogue.broken();
    return all;
  } catch (const std::exception& e) {
    return Error{std::string("cannot list the plugins: ") + e.what()};
  }
}

Result<PluginInfo> describe_plugin(const std::string& plugin, const std::vector<std::string>& plugin_dirs) {
  try {
    auto found = detail::find_plugin(plugin, plugin_dirs);
    if (!found) return found.error();
    const detail::Plugin& loaded = *found->plugin;
    PluginInfo info;
    info.id = loaded.id;
    info.version = loaded.version;
    info.summary = loaded.summary;
    info.library = loaded.path;
    info.manifest = found->manifest.path;
    info.schemes = found->manifest.schemes;
    info.options = loaded.options;
    info.attributes = loaded.attributes;
    info.credentials = loaded.credentials;
    info.uri_option = loaded.uri_option;
    info.reads_uris = loaded.read_uri != nullptr;
    info.cpu = loaded.cpu;
    info.network = loaded.network;
    info.background = loaded.background != nullptr;
    return info;
  } catch (const std::exception& e) {
    return Error{std::string("cannot describe the plugin: ") + e.what()};
  }
}

}  // namespace gatehouse
