// SPDX-License-Identifier: Apache-2.0
#include "config/toml_document.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "config/engine_keys.hpp"
#include "config/names.hpp"
#include "config/realm_check.hpp"
#include "config/section_reader.hpp"
#include "config/toml_reader.hpp"
#include "config/words.hpp"

namespace gatehouse::config {
namespace {

constexpr std::size_t longest_path = 4095;

template <typename List>
bool holds(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

class DocumentReader {
 public:
  DocumentReader(std::string file, const ConfigSource& source, const Catalogue& catalogue, Document& document,
                 Problems& problems)
      : file_(std::move(file)), source_(source), catalogue_(catalogue), document_(document), problems_(problems) {}

  void read(std::string_view text) {
    std::vector<TomlEntry> entries = read_toml(text, file_, problems_);
    if (!problems_.empty()) return;
    for (TomlEntry& entry : entries) {
      if (problems_.full()) return;
      read_top(entry);
    }
    fill_absent_sections(source_, file_, document_, problems_);
    if (document_.realms.empty() && !realms_seen_) {
      problems_.add(
          Location{file_, 0, {}},
          "has no realm; write at least [realms.main] with chain = [\"users\"], and [backends.users] with its "
          "plugin");
    }
    check_realms(document_, chains_, problems_);
  }

 private:
  void read_top(TomlEntry& entry) {
    const std::string& name = entry.name;
    if (name == "realms" || name == "backends") {
      read_named(entry);
    } else if (name == "cache") {
      if (auto raw = table_of(entry)) document_.cache = read_cache(*raw, entry.value.where, problems_);
    } else if (name == "log") {
      if (auto raw = table_of(entry)) document_.log = read_log(*raw, entry.value.where, problems_);
    } else if (name == "throttle") {
      if (auto raw = table_of(entry)) document_.throttle = read_throttle(*raw, entry.value.where, problems_);
    } else if (const SectionSpec* section = find_section(source_, name)) {
      document_.sections[name] = read_section(*section, entry, document_.directory, problems_);
    } else if (!holds(source_.ignored_sections, name)) {
      problems_.add(entry.value.where, (entry.is_table() ? "is not a known section" : "is not known here") +
                                           suggestion(name, section_names()));
    }
  }

  std::optional<RawTable> table_of(TomlEntry& entry) {
    if (entry.is_table()) return raw_of(entry.entries);
    must_be_section(entry, problems_);
    return std::nullopt;
  }

  void read_named(TomlEntry& entry) {
    const bool realms = entry.name == "realms";
    realms_seen_ = realms_seen_ || (realms && (!entry.is_table() || !entry.entries.empty()));
    if (!entry.is_table()) {
      problems_.add(entry.value.where, "must be sections with names: [" + entry.name + ".NAME]");
      return;
    }
    for (TomlEntry& named : entry.entries) {
      if (problems_.full()) return;
      if (!is_name(named.name)) {
        problems_.add(named.value.where, in_quotes(named.name) +
                                             " is not a name: letters, digits, '.', '_' and '-', the first a letter or "
                                             "digit, at most 64");
        continue;
      }
      const auto raw = table_of(named);
      if (!raw) continue;
      if (realms) {
        read_realm(named, *raw);
      } else {
        read_backend(named, *raw);
      }
    }
  }

  void read_realm(const TomlEntry& entry, const RawTable& raw) {
    RealmDefinition realm;
    realm.name = entry.name;
    realm.where = entry.value.where;
    apply_realm_keys(raw, realm.where, realm, problems_);
    const auto chain = std::find_if(raw.begin(), raw.end(), [](const auto& e) { return e.first == "chain"; });
    chains_.push_back(chain == raw.end() ? realm.where : chain->second.where);
    document_.realms.push_back(std::move(realm));
  }

  void read_backend(const TomlEntry& entry, const RawTable& raw) {
    static const std::vector<std::string> engine_names = backend_key_names();
    BackendDefinition backend;
    backend.name = entry.name;
    backend.where = entry.value.where;
    RawTable engine;
    const RawValue* plugin = nullptr;
    for (const auto& [name, value] : raw) {
      if (name == "plugin") {
        plugin = &value;
      } else if (name.empty()) {  // means "the body of a URI" further on
        problems_.add(value.where, "is a key without a name; give it one");
      } else if (holds(engine_names, name)) {
        engine.emplace_back(name, value);
      } else {
        backend.options.emplace_back(name, value);
      }
    }
    apply_backend_keys(engine, backend.where, backend, problems_);
    read_plugin(plugin, backend);
    document_.backends.push_back(std::move(backend));
  }

  void read_plugin(const RawValue* plugin, BackendDefinition& backend) {
    if (plugin == nullptr) {
      std::vector<std::string> ids;
      for (const Manifest& manifest : catalogue_.manifests()) ids.push_back(manifest.id);
      problems_.add(backend.where,
                    "has no plugin; add the line: plugin = " + in_quotes(ids.empty() ? "..." : ids.front()) +
                        (ids.size() > 1 ? " (there is: " + joined(ids) + ")" : std::string()));
      return;
    }
    const auto* text = std::get_if<std::string>(&plugin->value);
    if (text == nullptr || text->empty()) {
      problems_.add(plugin->where, "must be a plugin's name in quotes");
      return;
    }
    backend.plugin = *text;
    if (text->starts_with('/')) {
      if (text->size() > longest_path || text->find('\0') != std::string::npos) {
        problems_.add(plugin->where, in_quotes(*text) + " is not the path of a file");
      }
    } else if (text->find('/') != std::string::npos) {
      problems_.add(plugin->where, in_quotes(*text) + " is a relative path; write a plugin's name or an absolute path");
    } else if (const auto manifest = catalogue_.find(*text); !manifest) {
      problems_.add(plugin->where, manifest.error().message);
    }
  }

  std::vector<std::string> section_names() const {
    std::vector<std::string> names{"realms", "backends", "cache", "throttle", "log"};
    for (const SectionSpec& section : source_.sections) names.push_back(section.name);
    names.insert(names.end(), source_.ignored_sections.begin(), source_.ignored_sections.end());
    return names;
  }

  std::string file_;
  const ConfigSource& source_;
  const Catalogue& catalogue_;
  Document& document_;
  Problems& problems_;
  std::vector<Location> chains_;
  bool realms_seen_ = false;
};

}  // namespace

void read_toml_document(std::string_view text, const std::string& file, const ConfigSource& source,
                        const Catalogue& catalogue, Document& document, Problems& problems) {
  DocumentReader(file, source, catalogue, document, problems).read(text);
}

}  // namespace gatehouse::config
