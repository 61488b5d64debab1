// SPDX-License-Identifier: Apache-2.0
#include "presets.hpp"

namespace gatehouse::ldap {

std::optional<Implementation> implementation_of(std::string_view word) noexcept {
  if (word == "openldap") return Implementation::openldap;
  if (word == "activedirectory") return Implementation::activedirectory;
  if (word == "freeipa") return Implementation::freeipa;
  if (word == "custom") return Implementation::custom;
  return std::nullopt;
}

Preset preset_of(Implementation implementation) {
  switch (implementation) {
    case Implementation::openldap:
      return {{"uid"},
              {},
              "uid",
              "mail",
              "cn",
              "memberOf",
              {"member", "uniqueMember", "memberUid"},
              "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))",
              "cn"};
    case Implementation::activedirectory:
      return {{"sAMAccountName", "userPrincipalName"},
              "(&(objectCategory=person)(objectClass=user))",
              "sAMAccountName",
              "mail",
              "displayName",
              "memberOf",
              {"member"},
              "(objectClass=group)",
              "cn"};
    case Implementation::freeipa:
      // memberOf also names roles, privileges and rules, by names that a group could have.
      return {{"uid"},       "(objectClass=person)",
              "uid",         "mail",
              "displayName", "memberOf",
              {"member"},    "(objectClass=ipausergroup)",
              "cn",          "cn=groups,cn=accounts"};
    case Implementation::custom:
      break;
  }
  return {};
}

}  // namespace gatehouse::ldap
