// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <name_forms.hpp>
#include <string>

using namespace gatehouse::ldap;

TEST_CASE("elsewhere a name is only what it is") {
  const NameRules rules{.user_attributes = {"uid", "mail"}};
  CHECK(name_probes("a@b", rules) == NameProbes{{"uid", "a@b"}, {"mail", "a@b"}});
  CHECK(name_probes("CORP\\alice", rules) == NameProbes{{"uid", "CORP\\alice"}, {"mail", "CORP\\alice"}});
}

TEST_CASE("the forms of Windows") {
  const NameRules rules{.user_attributes = {"sAMAccountName", "userPrincipalName"},
                        .windows_forms = true,
                        .account_attribute = "sAMAccountName",
                        .domain = "corp.example",
                        .netbios_domain = "CORP"};
  CHECK(name_probes("alice", rules) == NameProbes{{"sAMAccountName", "alice"}, {"userPrincipalName", "alice"}});
  CHECK(name_probes("corp\\alice", rules) == NameProbes{{"sAMAccountName", "alice"}});
  CHECK(name_probes("alice@CORP.example", rules) == NameProbes{{"sAMAccountName", "alice"},
                                                               {"sAMAccountName", "alice@CORP.example"},
                                                               {"userPrincipalName", "alice@CORP.example"}});
  CHECK(name_probes("alice@other", rules) ==
        NameProbes{{"sAMAccountName", "alice@other"}, {"userPrincipalName", "alice@other"}});
  for (const char* not_ours : {"OTHER\\alice", "\\alice", "CORP\\", "CORP\\a\\b", "CORP\\a@b", "CORP\\a/b"}) {
    CAPTURE(not_ours);
    CHECK_FALSE(name_probes(not_ours, rules));
  }
  CHECK_FALSE(name_probes("CORP\\alice", {.user_attributes = {"sAMAccountName"}, .windows_forms = true}));
}

TEST_CASE("templates") {
  std::string fault;
  const auto dn = BindTemplate::read("uid={user},ou=people,dc=x", fault);
  REQUIRE(dn);
  CHECK(dn->is_dn());
  CHECK(dn->name_of("a,b") == "uid=a\\,b,ou=people,dc=x");
  CHECK_FALSE(dn->name_of(""));
  const auto principal = BindTemplate::read("{user}@corp.example", fault);
  REQUIRE(principal);
  CHECK(principal->name_of("alice") == "alice@corp.example");
  CHECK_FALSE(principal->name_of("alice@other"));
  CHECK_FALSE(principal->name_of("CORP\\alice"));
  const auto down_level = BindTemplate::read("CORP\\{user}", fault);
  REQUIRE(down_level);
  CHECK(down_level->name_of("alice") == "CORP\\alice");
  for (const char* bad :
       {"", "{user}", "uid=alice,dc=x", "uid={user},uid={user}", "uid=x{user},dc=x", "uid={user}x,dc=x", "uid={user}",
        "{user}=x", "x{user}@y", "{user}@", "\\{user}", "uid=%s,dc=x", "uid={user},,dc=x"}) {
    CAPTURE(bad);
    fault.clear();
    const bool is_fine = std::string(bad) == "uid={user}";
    CHECK(BindTemplate::read(bad, fault).has_value() == is_fine);
    CHECK(fault.empty() == is_fine);
  }
}
