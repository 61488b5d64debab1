// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the tests of the configuration room share.
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "config/document.hpp"

namespace config_test {

using namespace gatehouse;
using namespace gatehouse::config;

/// Two plugins whose user names are account names, and one whose are not.
inline Catalogue catalogue() {
  return Catalogue::of({{"htpasswd", "/p/htpasswd.so", {"htpasswd"}, true, "/p/htpasswd.plugin"},
                        {"ldap", "/p/ldap.so", {"ldap", "ldaps"}, true, "/p/ldap.plugin"},
                        {"oidc", "/p/oidc.so", {"oidc", "oidc+mtls"}, false, "/p/oidc.plugin"}});
}

inline Result<Document> read_text(std::string_view text) {
  ConfigSource source;
  source.text = text;
  return read(source, catalogue());
}

/// The message of a refusal; "(accepted)" if there was none.
template <typename T>
std::string refusal(const Result<T>& result) {
  return result ? "(accepted)" : result.error().message;
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gatehouse-config-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(std::string_view name) const { return path_ + '/' + std::string(name); }

  std::string write(std::string_view name, std::string_view content, mode_t mode = 0600) const {
    std::string file = *this / name;
    std::ofstream(file, std::ios::binary) << content;
    if (::chmod(file.c_str(), mode) != 0) throw std::runtime_error("chmod failed");
    return file;
  }

 private:
  std::string path_;
};

}  // namespace config_test
