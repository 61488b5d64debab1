// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The sections of a file that doors own.
#include <string>
#include <string_view>

#include "config/document.hpp"
#include "config/toml_reader.hpp"

namespace gatehouse::config {

[[nodiscard]] RawTable raw_of(std::vector<TomlEntry>& entries);

void must_be_section(const TomlEntry& entry, Problems& problems);

/// The description of a section that `source` asks for; null: it asks for none of that name.
[[nodiscard]] const SectionSpec* find_section(const ConfigSource& source, std::string_view name);

/// Checks one section, with its lists of tables.
[[nodiscard]] SectionValues read_section(const SectionSpec& spec, TomlEntry& entry, const std::string& directory,
                                         Problems& problems);

/// The defaults of the sections that the file does not have.
void fill_absent_sections(const ConfigSource& source, const std::string& file, Document& document, Problems& problems);

}  // namespace gatehouse::config
