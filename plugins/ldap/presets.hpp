// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What directories call things.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::ldap {

enum class Implementation { openldap, activedirectory, freeipa, custom };

struct Preset {
  std::vector<std::string> user_attributes;
  std::string user_filter;
  std::string subject_attribute;
  std::string email_attribute;
  std::string name_attribute;
  std::string member_of_attribute;
  std::vector<std::string> group_attributes;
  std::string group_filter;
  std::string group_name_attribute;
  std::string group_parents{};  ///< what memberOf counts directly below, where no group_base is given
};

/// Nothing if the word is not one of openldap, activedirectory, freeipa, custom.
[[nodiscard]] std::optional<Implementation> implementation_of(std::string_view word) noexcept;
[[nodiscard]] Preset preset_of(Implementation implementation);

}  // namespace gatehouse::ldap
