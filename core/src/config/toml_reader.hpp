// SPDX-License-Identifier: Apache-2.0
#pragma once
/// TOML text as names and values with their lines. The one file behind this header knows the TOML library.
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"

namespace gatehouse::config {

/// One `name = value` or one table. Entries stand in the order of the text.
struct TomlEntry {
  std::string name;
  RawValue value;  ///< of a table: std::monostate, and where it begins
  bool is_table = false;
  std::vector<TomlEntry> entries;  ///< of a table
};

/// `file` is what messages call it. A byte order mark and CRLF are fine. A text that is not TOML is one problem, and
/// then the result is empty.
[[nodiscard]] std::vector<TomlEntry> read_toml(std::string_view text, const std::string& file, Problems& problems);

}  // namespace gatehouse::config
