// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Who could have written a file that this process is about to trust.
#include <sys/types.h>

#include <optional>
#include <string>

#include <gatehouse/result.hpp>

namespace gatehouse::config {

/// Succeeds if only root and this process's effective user can change what `path` leads to: the file and every folder
/// on the way (of the path as given, and of the path behind each symlink) belong to one of the two and are not writable
/// by others. A sticky world-writable folder (such as /tmp) is fine when the entry below it belongs to one of the two.
/// Group-writable counts as writable by others, unless the group is the owner's private one (gid equals uid).
/// The Error names the part that is wrong and the command that mends it.
/// `also`: another user who may own parts of it.
[[nodiscard]] Result<void> check_trusted_path(const std::string& path, std::optional<uid_t> also = std::nullopt);

/// Reads a secret: a regular file, trusted as above, not readable by group (other than the process's own) or others, at
/// most 64 KiB, no NUL. One line end at the end is removed; an empty secret is an error. The text of an Error never
/// holds the content.
[[nodiscard]] Result<std::string> read_secret_file(const std::string& path);

}  // namespace gatehouse::config
