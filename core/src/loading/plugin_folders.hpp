// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Where plugins are looked for when nobody says so.
#include <string>
#include <vector>

namespace gatehouse::detail {

/// `plugin_dirs`, or if it is empty the folder of this installation: the one that lies beside the library (which may
/// have been put elsewhere than it was built for). No environment variable is read. [any-thread]
[[nodiscard]] std::vector<std::string> plugin_folders(const std::vector<std::string>& plugin_dirs);

/// The program that isolated plugins run in: that of the installation which this library belongs to.
[[nodiscard]] std::string plugin_host_program();

}  // namespace gatehouse::detail
