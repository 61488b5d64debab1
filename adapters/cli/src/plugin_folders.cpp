// SPDX-License-Identifier: Apache-2.0
#include "plugin_folders.hpp"

#include <filesystem>
#include <system_error>

namespace gatehouse::cli {

namespace fs = std::filesystem;

std::vector<std::string> plugin_folders(const std::vector<std::string>& asked_for) {
  if (!asked_for.empty()) return asked_for;
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  if (failed) return {};
  const fs::path folder = (program.parent_path() / GATEHOUSE_PLUGINS_FROM_BIN).lexically_normal();
  if (!fs::is_directory(folder, failed)) return {};
  return {folder.string()};
}

std::string plugin_name(const std::string& name) {
  if (name.find('/') == std::string::npos && !name.ends_with(".so")) return name;
  std::error_code failed;
  const fs::path absolute = fs::absolute(name, failed);
  return failed ? name : absolute.lexically_normal().string();
}

}  // namespace gatehouse::cli
