// SPDX-License-Identifier: Apache-2.0
#include "config/toml_reader.hpp"

#include <algorithm>
#include <cctype>
#include <exception>
#include <utility>

#include "config/toml_limits.hpp"
#include "config/words.hpp"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace gatehouse::config {
namespace {

std::vector<TomlEntry> entries_of(const toml::table& table, const std::string& file, const std::string& owner);

/// Called "rules[1]", "rules[2]": a person counts from one.
std::vector<TomlEntry> tables_of(const toml::array& array, const std::string& file, const std::string& owner) {
  std::vector<TomlEntry> tables;
  tables.reserve(array.size());
  for (const toml::node& node : array) {
    TomlEntry entry;
    entry.kind = TomlEntry::Kind::table;
    entry.name = owner + '[' + std::to_string(tables.size() + 1) + ']';
    entry.value.where = Location{file, static_cast<std::uint32_t>(node.source().begin.line), entry.name};
    entry.entries = entries_of(*node.as_table(), file, entry.name);
    tables.push_back(std::move(entry));
  }
  return tables;
}

std::vector<std::string> texts_of(const toml::array& array, bool& all_texts) {
  std::vector<std::string> texts;
  texts.reserve(array.size());
  for (const toml::node& node : array) {
    const auto* text = node.as_string();
    all_texts = all_texts && text != nullptr;
    if (text != nullptr) texts.push_back(text->get());
  }
  return texts;
}

TomlEntry entry_of(const toml::key& key, const toml::node& node, const std::string& file, const std::string& owner) {
  TomlEntry entry;
  entry.name = std::string(key.str());
  entry.value.where =
      Location{file, static_cast<std::uint32_t>(key.source().begin.line), dotted_key(owner, entry.name)};
  if (const auto* table = node.as_table()) {
    entry.kind = TomlEntry::Kind::table;
    entry.entries = entries_of(*table, file, entry.value.where.key);
  } else if (node.is_array_of_tables()) {
    entry.kind = TomlEntry::Kind::table_list;
    entry.entries = tables_of(*node.as_array(), file, entry.value.where.key);
  } else if (const auto* text = node.as_string()) {
    entry.value.value = text->get();
  } else if (const auto* number = node.as_integer()) {
    entry.value.value = number->get();
  } else if (const auto* flag = node.as_boolean()) {
    entry.value.value = flag->get();
  } else if (const auto* array = node.as_array()) {
    bool all_texts = true;
    auto texts = texts_of(*array, all_texts);
    if (all_texts) entry.value.value = std::move(texts);
  }
  return entry;
}

std::vector<TomlEntry> entries_of(const toml::table& table, const std::string& file, const std::string& owner) {
  std::vector<std::pair<toml::source_position, TomlEntry>> found;
  found.reserve(table.size());
  for (const auto& [key, node] : table) found.emplace_back(key.source().begin, entry_of(key, node, file, owner));
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<TomlEntry> entries;
  entries.reserve(found.size());
  for (auto& [position, entry] : found) entries.push_back(std::move(entry));
  return entries;
}

/// The library quotes what it stumbled over, which may be a piece of a secret that was written in clear: of what stands
/// between its quotes only marks are kept. Names of keys it quotes only when it says that one cannot stand twice.
std::string without_values(std::string_view description) {
  if (description.find("cannot redefine") != std::string_view::npos) {
    return std::string(description) + "; each key and each table stands once";
  }
  if (description.find("cannot insert") != std::string_view::npos) return std::string(description);
  std::string out;
  for (std::size_t i = 0; i < description.size(); ++i) {
    const std::size_t end = description[i] == '\'' ? description.find('\'', i + 1) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += description[i];
      continue;
    }
    const std::string_view inside = description.substr(i + 1, end - i - 1);
    const bool mark = inside.size() == 1 && std::ispunct(static_cast<unsigned char>(inside.front())) != 0;
    out += mark || inside.starts_with("\\u") ? "'" + std::string(inside) + "'" : "'...'";
    i = end;
  }
  return out + "; texts stand in quotes: key = \"text\"";
}

}  // namespace

std::vector<TomlEntry> read_toml(std::string_view text, const std::string& file, Problems& problems) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  if (!within_toml_limits(text, file, problems)) return {};
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    problems.add(Location{file, static_cast<std::uint32_t>(error.source().begin.line), {}},
                 without_values(error.description()));
    return {};
  }
  return entries_of(parsed.table(), file, {});
}

}  // namespace gatehouse::config
