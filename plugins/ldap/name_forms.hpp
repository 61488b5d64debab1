// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What a name that was typed may mean: which attributes it is compared with, and as what.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::ldap {

struct NameRules {
  std::vector<std::string> user_attributes{};
  bool windows_forms = false;       ///< also user@domain and DOMAIN\user
  std::string account_attribute{};  ///< what those are compared with
  std::string domain{};             ///< the one of user@domain
  std::string netbios_domain{};     ///< the one of DOMAIN\user
};

using NameProbes = std::vector<std::pair<std::string, std::string>>;  ///< attribute and value

/// Never empty, unless the name has a domain that is not ours: then nothing.
[[nodiscard]] std::optional<NameProbes> name_probes(std::string_view typed, const NameRules& rules);

/// How a user binds without a search: a distinguished name with {user} in it, or {user}@domain or DOMAIN\{user}.
class BindTemplate {
 public:
  /// Nothing if it is none; `fault` then says why.
  [[nodiscard]] static std::optional<BindTemplate> read(std::string_view text, std::string& fault);

  /// Nothing if such a name cannot be part of it.
  [[nodiscard]] std::optional<std::string> name_of(std::string_view user) const;
  [[nodiscard]] bool is_dn() const noexcept { return is_dn_; }

 private:
  std::string before_;
  std::string after_;
  bool is_dn_ = false;
};

}  // namespace gatehouse::ldap
