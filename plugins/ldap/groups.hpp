// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A user's groups, by whatever ways the configuration names.
#include <set>
#include <string>
#include <vector>

#include "directory.hpp"
#include "settings.hpp"

namespace gatehouse::ldap {

struct Groups {
  SearchStatus status = SearchStatus::done;  ///< anything else: the groups are not known
  std::string detail{};
  std::vector<std::string> names{};  ///< sorted, each once
  std::set<std::string> keys{};      ///< their distinguished names, as dn_key() gives them
  bool deeper = false;               ///< groups of groups beyond the deepest were left out
};

/// The attributes of the user's entry that find_groups() reads.
[[nodiscard]] std::vector<std::string> group_attributes_of_user(const GroupRules& rules);

/// `subject` is what a memberUid holds.
[[nodiscard]] Groups find_groups(const GroupRules& rules, const Entry& user, const std::string& subject,
                                 Directory& directory);

/// Whether the user is in one of them; true if none is required.
[[nodiscard]] bool is_in_any(const Groups& groups, const std::vector<RequiredGroup>& required);

}  // namespace gatehouse::ldap
