// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What is refused before a TOML parser sees it: what would cost it too much time or stack, and what makes toml++ 3.3
/// run into undefined behaviour (letters beyond ASCII where a blank could stand; none of that is useful TOML).
#include <cstddef>
#include <string_view>

#include "config/problems.hpp"

namespace gatehouse::config {

/// Levels of [ and {, and parts of one dotted key.
inline constexpr std::size_t max_toml_depth = 32;
inline constexpr std::size_t max_toml_size = std::size_t{1024} * 1024;

/// Adds a problem and returns false if `text` is too large, is not UTF-8, holds a NUL byte, nests too deep, or has a
/// letter beyond ASCII outside of quotes and comments.
[[nodiscard]] bool within_toml_limits(std::string_view text, const std::string& file, Problems& problems);

}  // namespace gatehouse::config
