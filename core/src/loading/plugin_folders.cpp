// SPDX-License-Identifier: Apache-2.0
#include "loading/plugin_folders.hpp"

#include <dlfcn.h>

#include <filesystem>
#include <system_error>

namespace gatehouse::detail {
namespace {

const char marker = 0;  // its address lies in the library

/// Empty if the library cannot be located.
std::string folder_of_library() {
  Dl_info info{};
  if (::dladdr(&marker, &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code failed;
  const auto library = std::filesystem::canonical(info.dli_fname, failed);
  return failed ? std::string{} : library.parent_path().string();
}

}  // namespace

std::vector<std::string> plugin_folders(const std::vector<std::string>& plugin_dirs) {
  if (!plugin_dirs.empty()) return plugin_dirs;
  const std::string folder = folder_of_library();
  if (folder.empty()) return {GATEHOUSE_PLUGIN_DIR};
  return {folder + "/gatehouse/plugins"};
}

std::string plugin_host_program() {
  const std::string folder = folder_of_library();
  return folder.empty() ? GATEHOUSE_PLUGIN_HOST : folder + "/gatehouse/gatehouse-plugin-host";
}

}  // namespace gatehouse::detail
