// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What is refused before a TOML parser sees it, so that its cost and its stack stay bounded.
#include <cstddef>
#include <string_view>

#include "config/problems.hpp"

namespace gatehouse::config {

/// Levels of [ and {, and parts of one dotted key.
inline constexpr std::size_t max_toml_depth = 32;
inline constexpr std::size_t max_toml_size = std::size_t{1024} * 1024;

/// Adds a problem and returns false if `text` is too large, is not UTF-8, holds a NUL byte, or nests too deep.
[[nodiscard]] bool within_toml_limits(std::string_view text, const std::string& file, Problems& problems);

}  // namespace gatehouse::config
