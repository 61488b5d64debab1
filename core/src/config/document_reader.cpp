// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "config/document.hpp"
#include "config/file_safety.hpp"
#include "config/source_file.hpp"
#include "config/toml_document.hpp"
#include "config/toml_limits.hpp"
#include "config/uri_reader.hpp"

namespace gatehouse::config {
namespace {

constexpr const char* name_of_text = "<text>";

Result<void> read_file(const ConfigSource& source, const Catalogue& catalogue, Document& document, Problems& problems) {
  if (auto trusted = check_trusted_path(source.file); !trusted) return trusted;
  const auto text = read_regular_file(source.file, max_toml_size);
  if (!text) return text.error();
  std::error_code failed;
  document.directory = std::filesystem::absolute(source.file, failed).parent_path().string();
  if (failed) return Error{source.file + ": " + failed.message()};
  read_toml_document(*text, source.file, source, catalogue, document, problems);
  return {};
}

}  // namespace

Result<Document> read(const ConfigSource& source, const Catalogue& catalogue) {
  const int given = (source.file.empty() ? 0 : 1) + (source.text.empty() ? 0 : 1) + (source.backends.empty() ? 0 : 1);
  if (given == 0) return Error{"there is no configuration: name a file, or a backend such as htpasswd:/path/of/a/file"};
  if (given > 1) return Error{"a configuration is a file, or a text, or backends: give one of them"};

  Document document;
  Problems problems;
  if (!source.file.empty()) {
    if (auto done = read_file(source, catalogue, document, problems); !done) return done.error();
  } else if (!source.text.empty()) {
    read_toml_document(source.text, name_of_text, source, catalogue, document, problems);
  } else {
    read_uri_document(source, catalogue, document, problems);
  }
  if (!problems.empty()) return problems.to_error();
  return document;
}

}  // namespace gatehouse::config
