// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Patterns of paths: "/models/*/versions", "/api/**".
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/result.hpp>

namespace gatehouse::http {

/// The decoded segments of a pattern. '*' stands for any run of bytes within one segment, alone for any one segment;
/// "**" for any number of segments, also none.
using PathPattern = std::vector<std::string>;

/// The Error says what is wrong with it: a pattern that no judged path could match is refused.
[[nodiscard]] Result<PathPattern> read_path_pattern(std::string_view text, bool ignore_case);

[[nodiscard]] bool matches(std::span<const std::string> pattern, std::span<const std::string_view> path) noexcept;

/// Whether every path that matches `inner` surely matches `outer`.
[[nodiscard]] bool covers(std::span<const std::string> outer, std::span<const std::string> inner);

/// How many of the first segments stand for themselves alone.
[[nodiscard]] std::size_t literal_prefix(const PathPattern& pattern) noexcept;

}  // namespace gatehouse::http
