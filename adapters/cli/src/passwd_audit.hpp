// SPDX-License-Identifier: Apache-2.0
#pragma once
/// gatehouse passwd audit: what is wrong with a password file, and who would read it.
#include <string>

namespace gatehouse::cli {

/// Prints the table and the findings. Exits with 0 if there are none, 1 if there are, 2 if the file cannot be read.
[[nodiscard]] int passwd_audit(const std::string& path);

}  // namespace gatehouse::cli
