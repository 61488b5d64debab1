// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Distinguished names (RFC 4514): made of values that strangers typed, and compared.
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::ldap {

/// The value as it stands in a distinguished name. It cannot end the value or begin another.
[[nodiscard]] std::string escape_dn_value(std::string_view value);

/// A text that is equal for two names exactly if they are the same under the usual rules: the case of ASCII letters,
/// spaces, the order within a part, escapes and numbered attribute types make no difference. Nothing if it is no name.
[[nodiscard]] std::optional<std::string> dn_key(std::string_view dn);

/// Whether the entry stands at or below `base`, both as dn_key() gives them.
[[nodiscard]] bool is_within(std::string_view key, std::string_view base_key) noexcept;

/// Whether the entry stands directly below one whose name is `parents_key`, or begins with it: whatever the suffix is.
[[nodiscard]] bool is_directly_below(std::string_view key, std::string_view parents_key) noexcept;

/// The one value of its first part, if that has one attribute and is `attribute`: the "staff" of cn=staff,ou=groups.
[[nodiscard]] std::optional<std::string> first_value(std::string_view dn, std::string_view attribute);

}  // namespace gatehouse::ldap
