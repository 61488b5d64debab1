// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Which header names tell an identity, under every spelling that some server takes for the same name.
#include <string>
#include <string_view>

namespace gatehouse::http {

/// '-' for every byte that is neither letter nor digit, letters in lower case. Servers that turn names into variables
/// ("REMOTE_USER") do not tell such names apart.
[[nodiscard]] std::string folded(std::string_view name);

/// Whether folding `name` gives `already_folded`. Allocates nothing.
[[nodiscard]] bool folds_to(std::string_view name, std::string_view already_folded) noexcept;

/// A name that services commonly believe, whatever ours are called. Allocates nothing.
[[nodiscard]] bool commonly_believed(std::string_view name) noexcept;

/// Why a name cannot carry an identity; empty if it can.
[[nodiscard]] std::string problem_with_name(std::string_view name);

}  // namespace gatehouse::http
