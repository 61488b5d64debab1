// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Patterns that choose which groups a service is told.
#include <string_view>

namespace gatehouse::http {

/// '*' stands for any run of bytes, also none; everything else for itself, case included. Costs at most the product of
/// both lengths.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text) noexcept;

}  // namespace gatehouse::http
