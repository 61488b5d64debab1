// SPDX-License-Identifier: Apache-2.0
#include "name_forms.hpp"

#include <algorithm>

#include "dn.hpp"
#include "text.hpp"

namespace gatehouse::ldap {
namespace {

constexpr std::string_view placeholder = "{user}";

bool is_account_name(std::string_view name) {
  return !name.empty() && std::none_of(name.begin(), name.end(), [](char c) {
    return c == '@' || c == '\\' || c == '/' || static_cast<unsigned char>(c) < 0x20;
  });
}

}  // namespace

std::optional<NameProbes> name_probes(std::string_view typed, const NameRules& rules) {
  NameProbes probes;
  if (rules.windows_forms) {
    const std::size_t backslash = typed.find('\\');
    if (backslash != std::string_view::npos) {
      const std::string_view account = typed.substr(backslash + 1);
      if (rules.netbios_domain.empty() || !same_word(typed.substr(0, backslash), rules.netbios_domain) ||
          !is_account_name(account)) {
        return std::nullopt;
      }
      probes.emplace_back(rules.account_attribute, account);
      return probes;
    }
    const std::size_t at = typed.rfind('@');
    if (at != std::string_view::npos && !rules.domain.empty() && same_word(typed.substr(at + 1), rules.domain) &&
        is_account_name(typed.substr(0, at))) {
      probes.emplace_back(rules.account_attribute, typed.substr(0, at));
    }
  }
  for (const std::string& attribute : rules.user_attributes) probes.emplace_back(attribute, typed);
  return probes;
}

std::optional<BindTemplate> BindTemplate::read(std::string_view text, std::string& fault) {
  const std::size_t at = text.find(placeholder);
  if (at == std::string_view::npos || text.find(placeholder, at + 1) != std::string_view::npos) {
    fault = "needs {user} once, where the name that was typed goes: uid={user},ou=people,dc=example,dc=org";
    return std::nullopt;
  }
  BindTemplate made;
  made.before_ = text.substr(0, at);
  made.after_ = text.substr(at + placeholder.size());
  made.is_dn_ = text.find('=') != std::string_view::npos;
  if (made.is_dn_) {
    if (!dn_key(made.before_ + "x" + made.after_) || !made.before_.ends_with('=') ||
        !(made.after_.empty() || made.after_.front() == ',' || made.after_.front() == '+')) {
      fault = "is not a distinguished name with {user} as one whole value: uid={user},ou=people,dc=example,dc=org";
      return std::nullopt;
    }
    return made;
  }
  const bool principal = made.before_.empty() && made.after_.starts_with('@') && made.after_.size() > 1;
  const bool down_level = made.after_.empty() && made.before_.ends_with('\\') && made.before_.size() > 1;
  if (!principal && !down_level) {
    fault = "is neither a distinguished name nor {user}@domain nor DOMAIN\\{user}";
    return std::nullopt;
  }
  return made;
}

std::optional<std::string> BindTemplate::name_of(std::string_view user) const {
  if (user.empty()) return std::nullopt;
  if (is_dn_) return before_ + escape_dn_value(user) + after_;
  if (!is_account_name(user)) return std::nullopt;
  return before_ + std::string(user) + after_;
}

}  // namespace gatehouse::ldap
