// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Whose answers a reload changes.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "group_file.hpp"
#include "password_table.hpp"

namespace gatehouse::htpasswd {

/// The users who are in one table only, or with another hash; nullopt if more than `limit`. Cheap where the tables
/// begin and end alike, as they do after one user was added or changed.
[[nodiscard]] std::optional<std::vector<std::string>> changed_users(const PasswordTable& before,
                                                                    const PasswordTable& after, std::size_t limit);

/// The users whose groups differ; nullopt if more than `limit`.
[[nodiscard]] std::optional<std::vector<std::string>> changed_members(const GroupTable& before, const GroupTable& after,
                                                                      std::size_t limit);

}  // namespace gatehouse::htpasswd
