// SPDX-License-Identifier: Apache-2.0
#pragma once
/// TOML text as names and values with their lines. The one file behind this header knows the TOML library.
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"

namespace gatehouse::config {

/// One `name = value`, one table, or one list of tables. Entries stand in the order of the text.
struct TomlEntry {
  enum class Kind { value, table, table_list };
  std::string name;
  RawValue value;  ///< std::monostate unless it is a value; always with where it begins
  Kind kind = Kind::value;
  std::vector<TomlEntry> entries;  ///< of a table its entries; of a list its tables

  [[nodiscard]] bool is_table() const noexcept { return kind == Kind::table; }
};

/// `file` is what messages call it. A byte order mark and CRLF are fine. A text that is not TOML is one problem, and
/// then the result is empty.
[[nodiscard]] std::vector<TomlEntry> read_toml(std::string_view text, const std::string& file, Problems& problems);

}  // namespace gatehouse::config
