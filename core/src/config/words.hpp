// SPDX-License-Identifier: Apache-2.0
#pragma once
/// How text from outside is shown in a message.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::config {

/// `text` with control characters and broken UTF-8 written as \xNN, cut to about `limit` bytes with "...".
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 200);

/// The same between double quotes, shorter.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// `a, b, c`
[[nodiscard]] std::string joined(const std::vector<std::string>& words);

/// A path as it can be pasted into a shell.
[[nodiscard]] std::string shell_word(std::string_view text);

/// `owner.name`, with quotes around a name that TOML would want quoted.
[[nodiscard]] std::string dotted_key(std::string_view owner, std::string_view name);

}  // namespace gatehouse::config
