// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Reads a file that others may be writing: what is handed out is one complete version, or nothing.
#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace gatehouse::htpasswd {

/// Which bytes a name leads to: differs after every write, rename or change of mode, once the file has been still for
/// longer than the file system's clock ticks.
struct FileVersion {
  dev_t device = 0;
  ino_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;  ///< since 1970
  std::int64_t changed_ns = 0;
  friend bool operator==(const FileVersion&, const FileVersion&) = default;
};

struct Look {
  int error = 0;  ///< an errno; the rest is set when it is 0
  FileVersion version{};
};

/// Follows symbolic links.
[[nodiscard]] Look look_at(const std::string& path) noexcept;

struct Reading {
  enum class Outcome : std::uint8_t {
    failed,   ///< cannot be opened or read; another try may help
    refused,  ///< this version is not acceptable: see problem
    moved,    ///< it changed while it was read; try again
    taken
  };
  Outcome outcome = Outcome::failed;
  std::string problem{};  ///< for failed and refused: "is ..."
  FileVersion version{};  ///< for refused, moved and taken
  bool group_writable = false;
};

/// Reads the whole file into `take`, piece by piece. `begin` is called first, with the size; what `take` was given
/// counts only if the outcome is taken. Not a regular file, writable by everybody, or longer than `limit`: refused.
/// Exceptions of `begin` and `take` pass.
[[nodiscard]] Reading read_file(const std::string& path, std::uint64_t limit,
                                const std::function<void(std::size_t)>& begin,
                                const std::function<void(std::string_view)>& take);

}  // namespace gatehouse::htpasswd
