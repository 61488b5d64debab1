// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Reading a small file that an operator named.
#include <cstddef>
#include <string>

#include <gatehouse/result.hpp>

namespace gatehouse::config {

/// The whole of a regular file of at most `limit` bytes. Never waits, whatever `path` is. The Error begins with the
/// path and never holds content. The text lies in one block of memory of its own, so that a secret can be wiped.
[[nodiscard]] Result<std::string> read_regular_file(const std::string& path, std::size_t limit);

}  // namespace gatehouse::config
