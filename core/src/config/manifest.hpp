// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What plugins there are, from the small text file beside each: so that only configured plugins are ever opened.
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/result.hpp>

namespace gatehouse::config {

/// `<id>.plugin`, TOML: id, library (a file name in the same folder), schemes, shared_names.
struct Manifest {
  std::string id;
  std::string library;  ///< absolute path
  std::vector<std::string> schemes;
  bool shared_names = false;  ///< user names are account names: URI chains may mix it with others that say so
  std::string path;           ///< of the manifest
};

class Catalogue {
 public:
  /// Reads every manifest of `directories`; the first folder that has an id wins. A folder that is missing is skipped;
  /// a manifest that is broken is kept aside and reported when its id or one of its schemes is asked for.
  explicit Catalogue(const std::vector<std::string>& directories);
  /// One that is known beforehand, without any folder.
  [[nodiscard]] static Catalogue of(std::vector<Manifest> manifests);

  /// The manifest of that id. On failure the Error says which folders were looked at, what is there, and a suggestion.
  [[nodiscard]] Result<Manifest> find(std::string_view id) const;
  [[nodiscard]] Result<Manifest> find_scheme(std::string_view scheme) const;
  [[nodiscard]] const std::vector<Manifest>& manifests() const noexcept { return manifests_; }
  /// "path: what is wrong", one for each manifest that could not be read.
  [[nodiscard]] const std::vector<std::string>& broken() const noexcept { return broken_; }

 private:
  Catalogue() = default;
  void read_directory(const std::string& directory);
  [[nodiscard]] std::string where_looked() const;

  std::vector<std::string> directories_;
  std::vector<Manifest> manifests_;
  std::vector<std::string> broken_;
  std::vector<std::string> broken_ids_;  ///< of broken_, in the same order; empty for a folder
};

}  // namespace gatehouse::config
