// SPDX-License-Identifier: Apache-2.0
#include "directory.hpp"

#include "text.hpp"

namespace gatehouse::ldap {

const std::vector<std::string>& Entry::values(std::string_view name) const {
  static const std::vector<std::string> none;
  const auto found = attributes.find(lowered(name));
  return found == attributes.end() ? none : found->second;
}

}  // namespace gatehouse::ldap
