// SPDX-License-Identifier: Apache-2.0
#include "dn.hpp"
#include "text.hpp"

namespace gatehouse::ldap {

std::string escape_dn_value(std::string_view value) {
  constexpr std::string_view special = "\"+,;<>\\=";
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool at_edge = i == 0 || i + 1 == value.size();
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += '\\';
      append_hex(out, c);
    } else {
      if (special.find(c) != std::string_view::npos || (c == ' ' && at_edge) || (c == '#' && i == 0)) out += '\\';
      out += c;
    }
  }
  return out;
}

bool is_within(std::string_view key, std::string_view base_key) noexcept {
  if (base_key.empty()) return true;
  if (!key.ends_with(base_key)) return false;
  return key.size() == base_key.size() || key[key.size() - base_key.size() - 1] == ',';
}

bool is_directly_below(std::string_view key, std::string_view parents_key) noexcept {
  if (parents_key.empty()) return true;
  std::size_t at = 0;
  while (at < key.size() && key[at] != ',') at += key[at] == '\\' ? 2U : 1U;
  if (at >= key.size()) return false;
  const std::string_view parent = key.substr(at + 1);
  return parent.starts_with(parents_key) && (parent.size() == parents_key.size() || parent[parents_key.size()] == ',');
}

}  // namespace gatehouse::ldap
