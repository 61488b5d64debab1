// SPDX-License-Identifier: Apache-2.0
// A typed name in a distinguished name: libldap's own parser reads it back as that value, and as nothing else. And the
// key of any name is the key of itself.
#include <ldap.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <dn.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utf8.hpp>

namespace {

using namespace gatehouse::ldap;

void require(bool holds) {
  if (!holds) std::abort();
}

struct FreeDn {
  void operator()(LDAPDN dn) const noexcept { ldap_dnfree(dn); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (is_plain_utf8(text)) {
    const std::string name = "uid=" + escape_dn_value(text) + ",ou=people,dc=x";
    LDAPDN parsed = nullptr;
    require(ldap_str2dn(name.c_str(), &parsed, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS);
    const std::unique_ptr<std::remove_pointer_t<LDAPDN>, FreeDn> owned(parsed);
    std::size_t parts = 0;
    while (parsed[parts] != nullptr) ++parts;
    require(parts == 3 && parsed[0][0] != nullptr && parsed[0][1] == nullptr);
    const berval& value = parsed[0][0]->la_value;
    require((parsed[0][0]->la_flags & LDAP_AVA_BINARY) == 0);
    require(std::string_view(value.bv_val, value.bv_len) == text);
    if (name.size() <= 8192) {
      require(first_value(name, "UID") == std::string(text));
      const auto key = dn_key(name);
      require(key && is_within(*key, *dn_key("ou=people,dc=x")) && !is_within(*key, *dn_key("ou=admins,dc=x")));
    }
  }
  const auto key = dn_key(text);
  if (key && key->size() <= 8192 && key->find("=#") == std::string::npos) require(dn_key(*key) == key);
  return 0;
}
