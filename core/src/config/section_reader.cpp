// SPDX-License-Identifier: Apache-2.0
#include "config/section_reader.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "config/words.hpp"

namespace gatehouse::config {
namespace {

std::vector<TableEntry> read_tables(const TableListSpec& list, TomlEntry& entry, const std::string& directory,
                                    Problems& problems) {
  std::vector<TableEntry> tables;
  tables.reserve(entry.entries.size());
  for (TomlEntry& table : entry.entries) {
    if (problems.full()) break;
    const Location& where = table.value.where;
    tables.push_back({check_options(list.options, raw_of(table.entries), where, directory, problems),
                      where.file + ':' + std::to_string(where.line)});
  }
  return tables;
}

}  // namespace

RawTable raw_of(std::vector<TomlEntry>& entries) {
  RawTable raw;
  raw.reserve(entries.size());
  for (TomlEntry& entry : entries) raw.emplace_back(std::move(entry.name), std::move(entry.value));
  return raw;
}

void must_be_section(const TomlEntry& entry, Problems& problems) {
  problems.add(entry.value.where, "must be a section: [" + printable(entry.value.where.key) + "]");
}

const SectionSpec* find_section(const ConfigSource& source, std::string_view name) {
  const auto section = std::find_if(source.sections.begin(), source.sections.end(),
                                    [&](const SectionSpec& spec) { return spec.name == name; });
  return section == source.sections.end() ? nullptr : &*section;
}

SectionValues read_section(const SectionSpec& spec, TomlEntry& entry, const std::string& directory,
                           Problems& problems) {
  SectionValues values;
  if (!entry.is_table()) {
    must_be_section(entry, problems);
    return values;
  }
  std::vector<TomlEntry> options;
  for (TomlEntry& inner : entry.entries) {
    const auto list = std::find_if(spec.lists.begin(), spec.lists.end(),
                                   [&](const TableListSpec& known) { return known.name == inner.name; });
    if (list == spec.lists.end()) {
      options.push_back(std::move(inner));
    } else if (inner.kind == TomlEntry::Kind::table_list) {
      values.lists[inner.name] = read_tables(*list, inner, directory, problems);
    } else {
      problems.add(inner.value.where,
                   "must be sections with two brackets each: [[" + printable(inner.value.where.key) + "]]");
    }
  }
  std::vector<std::string> names;
  for (const TableListSpec& list : spec.lists) names.push_back(list.name);
  values.values = check_options(spec.options, raw_of(options), entry.value.where, directory, problems, names);
  return values;
}

void fill_absent_sections(const ConfigSource& source, const std::string& file, Document& document, Problems& problems) {
  for (const SectionSpec& section : source.sections) {
    if (document.sections.count(section.name) != 0) continue;
    document.sections[section.name].values =
        check_options(section.options, {}, Location{file, 1, section.name}, document.directory, problems);
  }
}

}  // namespace gatehouse::config
