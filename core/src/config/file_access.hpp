// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Who may read or write one file: its mode bits and its POSIX access list together.
#include <sys/stat.h>

#include <string>

namespace gatehouse::config {

enum class Right { read, write };

/// Someone who has a right that they should not have.
struct Stranger {
  std::string who;   ///< "everybody", "group 4", "user 1000 (access list)"; empty: nobody
  std::string mend;  ///< the command that takes it away
};

/// Whether anyone but root, this process's effective user and the file's owner may read or write `path`, whose status
/// is `status` and which is not a symlink. A group counts as someone else unless it is the owner's private one (gid
/// equals uid); to read, also root's group and the groups of this process are fine.
[[nodiscard]] Stranger find_stranger(const std::string& path, const struct stat& status, Right right);

}  // namespace gatehouse::config
