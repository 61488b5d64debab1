// SPDX-License-Identifier: Apache-2.0
// Reading distinguished names is libldap's work.
#include <ldap.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "dn.hpp"
#include "text.hpp"

namespace gatehouse::ldap {
namespace {

constexpr std::size_t longest = 8192;

struct FreeDn {
  void operator()(LDAPDN dn) const noexcept { ldap_dnfree(dn); }
};
using OwnedDn = std::unique_ptr<std::remove_pointer_t<LDAPDN>, FreeDn>;

OwnedDn parsed(std::string_view dn) {
  // libldap ends the process if there is no text at all, and reads on to a NUL, whatever length it is given.
  if (dn.empty() || dn.size() > longest || dn.find('\0') != std::string_view::npos) return nullptr;
  LDAPDN out = nullptr;
  if (ldap_str2dn(std::string(dn).c_str(), &out, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS) return nullptr;
  return OwnedDn(out);
}

std::string_view view(const berval& value) {
  return value.bv_val == nullptr ? std::string_view{} : std::string_view{value.bv_val, value.bv_len};
}

/// The name of an attribute type in lower case, for those that names are made of also if it is given as a number.
std::string type_name(std::string_view type) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 14> numbered{
      {{"2.5.4.3", "cn"},
       {"2.5.4.4", "sn"},
       {"2.5.4.5", "serialnumber"},
       {"2.5.4.6", "c"},
       {"2.5.4.7", "l"},
       {"2.5.4.8", "st"},
       {"2.5.4.10", "o"},
       {"2.5.4.11", "ou"},
       {"0.9.2342.19200300.100.1.1", "uid"},
       {"0.9.2342.19200300.100.1.25", "dc"},
       {"commonname", "cn"},
       {"organizationalunitname", "ou"},
       {"userid", "uid"},
       {"domaincomponent", "dc"}}};
  std::string name = lowered(type);
  if (name.starts_with("oid.")) name.erase(0, 4);
  for (const auto& [other, usual] : numbered) {
    if (name == other) return std::string(usual);
  }
  return name;
}

/// In lower case, runs of spaces as one, none at the ends.
std::string folded(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == ' ' && (out.empty() || out.back() == ' ')) continue;
    out += lower(c);
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

std::optional<std::string> dn_key(std::string_view dn) {
  const OwnedDn name = parsed(dn);
  if (!name) return dn.empty() ? std::optional<std::string>(std::string()) : std::nullopt;
  std::string key;
  for (std::size_t i = 0; name.get()[i] != nullptr; ++i) {
    std::vector<std::string> parts;
    for (std::size_t j = 0; name.get()[i][j] != nullptr; ++j) {
      const LDAPAVA& part = *name.get()[i][j];
      const bool binary = (part.la_flags & LDAP_AVA_BINARY) != 0;
      parts.push_back(type_name(view(part.la_attr)) + (binary ? "=#" : "=") +
                      escape_dn_value(binary ? std::string(view(part.la_value)) : folded(view(part.la_value))));
    }
    std::sort(parts.begin(), parts.end());
    if (i > 0) key += ',';
    for (std::size_t j = 0; j < parts.size(); ++j) key += (j > 0 ? "+" : "") + parts[j];
  }
  return key;
}

std::optional<std::string> first_value(std::string_view dn, std::string_view attribute) {
  const OwnedDn name = parsed(dn);
  if (!name || name.get()[0] == nullptr) return std::nullopt;
  LDAPAVA** const part = *name.get();
  if (part[0] == nullptr || part[1] != nullptr || (part[0]->la_flags & LDAP_AVA_BINARY) != 0) return std::nullopt;
  if (type_name(view(part[0]->la_attr)) != type_name(attribute)) return std::nullopt;
  return std::string(view(part[0]->la_value));
}

}  // namespace gatehouse::ldap
