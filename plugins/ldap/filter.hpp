// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Search filters (RFC 4515): made of values that strangers typed, and checked where the configuration holds one.
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::ldap {

/// Every byte that is not a printable ASCII character, or means something in a filter, as \hh.
[[nodiscard]] std::string escape_filter_value(std::string_view value);

/// `(attribute=value)`. The attribute comes from the configuration and stands as it is.
[[nodiscard]] std::string equals_filter(std::string_view attribute, std::string_view value);

/// `(&...)` and `(|...)`; a single part stands alone. Empty parts are left out; nothing at all is "".
[[nodiscard]] std::string all_of_filters(const std::vector<std::string>& parts);
[[nodiscard]] std::string any_of_filters(const std::vector<std::string>& parts);

/// What is wrong with a filter of the configuration; empty if nothing. Placeholders of other programs are wrong: which
/// attributes a name is compared with is said by the option user_attributes.
[[nodiscard]] std::string filter_fault(std::string_view filter);

}  // namespace gatehouse::ldap
