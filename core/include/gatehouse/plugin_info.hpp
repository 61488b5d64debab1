// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What plugins there are and what they say of themselves: for `gatehouse plugin` and other tools. No backend needs it.
///
/// `plugin_dirs` everywhere: as in RuntimeOptions. Describing and checking a plugin runs code of its shared object in
/// this process, which stays loaded until the process ends. Threads: one call at a time.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gatehouse/export.hpp>
#include <gatehouse/option.hpp>
#include <gatehouse/request.hpp>
#include <gatehouse/result.hpp>

namespace gatehouse {

/// `<id>.plugin`, the text file beside a shared object.
struct PluginManifest {
  std::string id;
  std::string path;     ///< of the manifest
  std::string library;  ///< absolute path of the shared object
  std::vector<std::string> schemes;
  bool shared_names = false;
};

struct PluginCatalogue {
  std::vector<PluginManifest> plugins;
  std::vector<std::string> broken;   ///< "path: what is wrong", one for each manifest that cannot be used
  std::vector<std::string> folders;  ///< those that were looked at
};

/// Reads the manifests. Opens no shared object.
[[nodiscard]] GATEHOUSE_API Result<PluginCatalogue> list_plugins(const std::vector<std::string>& plugin_dirs);

/// A plugin's description of itself, after every check of loading.
struct PluginInfo {
  std::string id;
  std::string version;
  std::string summary;
  std::string library;
  std::string manifest;                 ///< empty when it was named by its path
  std::vector<std::string> schemes;     ///< from the manifest
  std::vector<OptionSpec> options;      ///< in its own order
  std::vector<std::string> attributes;  ///< of a request, which it reads
  CredentialKinds credentials = 0;
  std::string uri_option;   ///< what the body of a URI gives; empty: no such form
  bool reads_uris = false;  ///< has a URI form of its own
  bool cpu = false;         ///< its calls compute
  bool network = false;     ///< its calls wait for a network
  bool background = false;  ///< works between requests
};

/// `plugin` is an id, or the absolute path of a shared object. The Error is the same that loading a configuration
/// gives.
[[nodiscard]] GATEHOUSE_API Result<PluginInfo> describe_plugin(const std::string& plugin,
                                                               const std::vector<std::string>& plugin_dirs);

enum class PluginCheckOutcome : std::uint32_t { failed = 0, passed = 1, skipped = 2 };

/// Told of each check as it begins, so that whoever watches knows where a plugin crashed, and as it ends. `detail` says
/// why it failed or was skipped.
struct PluginCheckObserver {
  std::function<void(std::string_view name)> begins;
  std::function<void(std::string_view name, PluginCheckOutcome outcome, std::string_view detail)> ends;
};

/// What a configuration would say.
struct PluginCheckSetup {
  /// Names and values as in a URI; a secret as NAME_file and an absolute path. Repeat a name for a list.
  std::vector<std::pair<std::string, std::string>> options{};
  std::string user{};  ///< one that the backend knows: what is done with the secrets of such is looked at too
};

/// Loads `plugin` as above, looks at its description, and puts instances through what every plugin must stand, as far
/// as that goes with this setup. True if nothing failed. The plugin may crash or hang: call this in a process made for
/// it, with a deadline.
[[nodiscard]] GATEHOUSE_API bool check_plugin(const std::string& plugin, const std::vector<std::string>& plugin_dirs,
                                              const PluginCheckObserver& observer, const PluginCheckSetup& setup = {});

}  // namespace gatehouse
