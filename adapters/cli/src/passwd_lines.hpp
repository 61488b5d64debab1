// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The text of a password file, by user. A line belongs to the name before its first colon; blank lines, comments,
/// which begin with # after white space, and a byte order mark belong to nobody and are kept as they are.
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::cli {

/// The number of the first line that is no entry, blank or comment: this is not a password file. nullopt: none.
[[nodiscard]] std::optional<std::size_t> first_foreign_line(std::string_view text);

/// The hash of `user`'s first line; nullopt if there is none.
[[nodiscard]] std::optional<std::string_view> hash_of(std::string_view text, std::string_view user);

/// Replaces every line of `user` by `record`, or adds one at the end. Line ends stay as they are.
[[nodiscard]] std::string with_record(std::string_view text, std::string_view user, std::string_view record);

/// Removes every line of `user`.
[[nodiscard]] std::string without_user(std::string_view text, std::string_view user);

}  // namespace gatehouse::cli
