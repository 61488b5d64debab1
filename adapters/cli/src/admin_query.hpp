// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The query of an admin command: name=value, joined by '&', percent-encoded.
#include <optional>
#include <string>
#include <string_view>

#include "admin_commands.hpp"

namespace gatehouse::cli {

/// nullopt if it is malformed or has more than 16 pairs.
[[nodiscard]] std::optional<AdminParameters> read_query(std::string_view query);

/// `text` as a name or value of a query.
[[nodiscard]] std::string query_escape(std::string_view text);

}  // namespace gatehouse::cli
