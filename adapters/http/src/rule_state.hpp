// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Rules ready to be judged by.
#include <gatehouse/rules.hpp>

#include "identity_view.hpp"
#include "path_pattern.hpp"
#include "rule_index.hpp"

namespace gatehouse::http {

struct RuleState {
  std::vector<AccessRule> rules;
  std::vector<std::vector<PathPattern>> patterns;  ///< of each rule; none: any path, and "*"
  std::vector<std::uint32_t> pathless;             ///< the rules without patterns
  RuleIndex index;                                 ///< of the others
  bool ignore_case = false;
};

/// A field that services take for the method instead of the real one.
[[nodiscard]] bool overrides_method(std::string_view name) noexcept;
/// Rationale: a rule names DELETE, and services exist that take "delete" for it.
inline constexpr std::string_view method_in_lower_case = "A method is written in capitals.";
inline constexpr std::string_view method_is_overridden = "A field that overrides the method is not taken here.";

[[nodiscard]] bool allows(const AccessRule& rule, const IdentityView& identity) noexcept;

/// "rule 3 (FILE:LINE)".
[[nodiscard]] std::string rule_name(const AccessRule& rule);

/// AccessRules::warnings().
[[nodiscard]] std::vector<std::string> shadowed(const RuleState& state);

}  // namespace gatehouse::http
