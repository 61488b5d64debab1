// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Small files that the operator names: key files, certificates.
#include <sys/stat.h>

#include <cstddef>
#include <string>

#include "outcome.hpp"

namespace gatehouse::oidc {

struct FileContent {
  std::string text;
  mode_t mode = 0;
};

/// A regular file of at most so many bytes that only its owner may write. What holds a secret is for the caller to
/// wipe. [may block]
[[nodiscard]] Outcome<FileContent> read_small_file(const std::string& path, std::size_t longest);

}  // namespace gatehouse::oidc
