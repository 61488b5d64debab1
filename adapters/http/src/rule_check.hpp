// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Whether a rule says something.
#include <gatehouse/rules.hpp>
#include <vector>

#include "path_pattern.hpp"

namespace gatehouse::http {

/// The patterns of its paths; puts its hosts into the form that is compared. The Error names the rule and its key.
[[nodiscard]] Result<std::vector<PathPattern>> check_rule(AccessRule& rule, bool ignore_case);

}  // namespace gatehouse::http
