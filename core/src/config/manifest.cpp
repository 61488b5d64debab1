// SPDX-License-Identifier: Apache-2.0
#include "config/manifest.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

#include "config/document.hpp"
#include "config/file_safety.hpp"
#include "config/names.hpp"
#include "config/source_file.hpp"
#include "config/toml_reader.hpp"
#include "config/words.hpp"

namespace gatehouse::config {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view suffix = ".plugin";
constexpr std::size_t largest_manifest = std::size_t{16} * 1024;
constexpr std::size_t most_manifests = 512;  ///< in one folder
constexpr std::size_t most_schemes = 16;
constexpr std::size_t longest_path = 4095;

std::vector<OptionSpec> manifest_keys() {
  return {{.name = "id", .type = OptionType::text, .required = true},
          {.name = "library", .type = OptionType::text, .required = true},
          {.name = "schemes", .type = OptionType::text_list},
          {.name = "shared_names", .type = OptionType::boolean, .default_value = "false"}};
}

bool is_file_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.size() <= 255 && name.find('/') == std::string::npos;
}

void check_manifest(const Manifest& manifest, const std::string& expected_id, const std::string& library,
                    Problems& problems) {
  const auto problem = [&](const char* key, const std::string& text) {
    problems.add(Location{manifest.path, 0, key}, text);
  };
  if (manifest.id != expected_id) problem("id", "must be the file's name, " + in_quotes(expected_id));
  if (!is_plugin_id(expected_id)) {
    problem("id", in_quotes(expected_id) + " is not a plugin's name: a-z, then a-z, 0-9 and -, at most 32");
  }
  if (!is_file_name(library)) problem("library", "must be the name of a file in the same folder, without a path");
  if (manifest.library.size() > longest_path) problem("library", "has too long a path");
  if (manifest.schemes.size() > most_schemes) problem("schemes", "are too many");
  std::set<std::string> seen;
  for (const std::string& scheme : manifest.schemes) {
    if (!is_scheme(scheme)) problem("schemes", in_quotes(scheme) + " is not the scheme of a URI in lower case");
    if (!seen.insert(scheme).second) problem("schemes", in_quotes(scheme) + " stands twice");
  }
}

Result<Manifest> read_manifest(const fs::path& path) {
  Manifest manifest;
  manifest.path = path.string();
  if (auto trusted = check_trusted_path(manifest.path); !trusted) return trusted.error();
  const auto text = read_regular_file(manifest.path, largest_manifest);
  if (!text) return text.error();

  Problems problems;
  RawTable raw;
  for (TomlEntry& entry : read_toml(*text, manifest.path, problems)) {
    raw.emplace_back(std::move(entry.name), std::move(entry.value));
  }
  if (!problems.empty()) return problems.to_error();
  const OptionValues values = check_options(manifest_keys(), raw, Location{manifest.path, 1, {}}, {}, problems);
  if (!problems.empty()) return problems.to_error();
  manifest.id = values.text("id");
  manifest.library = (path.parent_path() / values.text("library")).string();
  manifest.schemes = values.list("schemes");
  manifest.shared_names = values.flag("shared_names");
  check_manifest(manifest, path.stem().string(), values.text("library"), problems);
  if (!problems.empty()) return problems.to_error();
  return manifest;
}

/// The problems of one file as one line.
std::string one_line(std::string text) {
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at)) text.replace(at, 1, "; ");
  return text;
}

}  // namespace

Catalogue::Catalogue(const std::vector<std::string>& directories) : directories_(directories) {
  for (const std::string& directory : directories_) read_directory(directory);
}

Catalogue Catalogue::of(std::vector<Manifest> manifests) {
  Catalogue catalogue;
  catalogue.manifests_ = std::move(manifests);
  return catalogue;
}

void Catalogue::read_directory(const std::string& directory) {
  std::error_code failed;
  const fs::path absolute = fs::absolute(directory, failed);
  std::vector<fs::path> paths;
  if (!failed) {
    for (fs::directory_iterator entry(absolute, failed), end; !failed && entry != end; entry.increment(failed)) {
      if (entry->path().extension() == suffix) paths.push_back(entry->path());
    }
  }
  if (failed == std::errc::no_such_file_or_directory) return;
  if (failed || paths.size() > most_manifests) {
    broken_.push_back(printable(directory) + ": " + (failed ? failed.message() : "holds too many plugins"));
    broken_ids_.emplace_back();
    return;
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Manifest> found;
  for (const fs::path& path : paths) {
    const std::string id = path.stem().string();
    const bool known =
        std::any_of(manifests_.begin(), manifests_.end(), [&](const Manifest& m) { return m.id == id; }) ||
        std::find(broken_ids_.begin(), broken_ids_.end(), id) != broken_ids_.end();
    if (known) continue;
    auto manifest = read_manifest(path);
    if (manifest) {
      found.push_back(*std::move(manifest));
    } else {
      broken_.push_back(one_line(manifest.error().message));
      broken_ids_.push_back(id);
    }
  }
  manifests_.insert(manifests_.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
}

std::string Catalogue::where_looked() const {
  return directories_.empty() ? std::string() : " in " + joined(directories_);
}

Result<Manifest> Catalogue::find(std::string_view id) const {
  for (const Manifest& manifest : manifests_) {
    if (manifest.id == id) return manifest;
  }
  for (std::size_t i = 0; i < broken_.size(); ++i) {
    if (!id.empty() && broken_ids_[i] == id) {
      return Error{"the plugin " + in_quotes(id) + " cannot be used: " + broken_[i]};
    }
  }
  std::vector<std::string> ids;
  for (const Manifest& manifest : manifests_) ids.push_back(manifest.id);
  std::string text = "there is no plugin " + in_quotes(id) + where_looked();
  text += ids.empty() ? "; there are none" : suggestion(id, ids);
  for (const std::string& broken : broken_) text += "; not readable: " + broken;
  return Error{std::move(text)};
}

Result<Manifest> Catalogue::find_scheme(std::string_view scheme) const {
  const Manifest* found = nullptr;
  std::vector<std::string> schemes;
  for (const Manifest& manifest : manifests_) {
    for (const std::string& own : manifest.schemes) {
      if (own == scheme && found != nullptr) {
        return Error{"the scheme " + in_quotes(scheme) + " is claimed by the plugins " + in_quotes(found->id) +
                     " and " + in_quotes(manifest.id) + "; name the plugin in a configuration file"};
      }
      if (own == scheme) found = &manifest;
      schemes.push_back(own);
    }
  }
  if (found != nullptr) return *found;
  std::string text = "no plugin" + where_looked() + " takes the scheme " + in_quotes(scheme);
  text += schemes.empty() ? "; there are none" : suggestion(scheme, schemes);
  for (const std::string& broken : broken_) text += "; not readable: " + broken;
  return Error{std::move(text)};
}

}  // namespace gatehouse::config
