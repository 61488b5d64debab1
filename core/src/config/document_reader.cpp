// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "config/document.hpp"
#include "config/file_safety.hpp"
#include "config/section_reader.hpp"
#include "config/source_file.hpp"
#include "config/toml_document.hpp"
#include "config/toml_limits.hpp"
#include "config/toml_reader.hpp"
#include "config/uri_reader.hpp"

namespace gatehouse::config {
namespace {

constexpr const char* name_of_text = "<text>";

/// The text of source.file; sets the directory of `document`.
Result<std::string> read_text(const ConfigSource& source, Document& document) {
  if (auto trusted = check_trusted_path(source.file); !trusted) return trusted.error();
  auto text = read_regular_file(source.file, max_toml_size);
  if (!text) return text.error();
  std::error_code failed;
  document.directory = std::filesystem::absolute(source.file, failed).parent_path().string();
  if (failed) return Error{source.file + ": " + failed.message()};
  return text;
}

}  // namespace

Result<Document> read(const ConfigSource& source, const Catalogue& catalogue) {
  const int given = (source.file.empty() ? 0 : 1) + (source.text.empty() ? 0 : 1) + (source.backends.empty() ? 0 : 1);
  if (given == 0) return Error{"there is no configuration: name a file, or a backend such as htpasswd:/path/of/a/file"};
  if (given > 1) return Error{"a configuration is a file, or a text, or backends: give one of them"};

  Document document;
  Problems problems;
  if (!source.file.empty()) {
    const auto text = read_text(source, document);
    if (!text) return text.error();
    read_toml_document(*text, source.file, source, catalogue, document, problems);
  } else if (!source.text.empty()) {
    read_toml_document(source.text, name_of_text, source, catalogue, document, problems);
  } else {
    read_uri_document(source, catalogue, document, problems);
  }
  if (!problems.empty()) return problems.to_error();
  return document;
}

Result<Document> read_sections(const ConfigSource& source) {
  Document document;
  Problems problems;
  if (source.file.empty() == source.text.empty()) return Error{"sections are read from a file, or from a text"};
  auto text = source.file.empty() ? Result<std::string>(source.text) : read_text(source, document);
  if (!text) return text.error();
  const std::string file = source.file.empty() ? name_of_text : source.file;
  auto entries = read_toml(*text, file, problems);
  for (TomlEntry& entry : entries) {
    if (const SectionSpec* section = find_section(source, entry.name)) {
      document.sections[entry.name] = read_section(*section, entry, document.directory, problems);
    }
  }
  if (problems.empty()) fill_absent_sections(source, file, document, problems);
  if (!problems.empty()) return problems.to_error();
  return document;
}

}  // namespace gatehouse::config
