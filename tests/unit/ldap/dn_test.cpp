// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <dn.hpp>
#include <string>

using namespace gatehouse::ldap;

TEST_CASE("a value cannot end itself or begin another") {
  CHECK(escape_dn_value("alice") == "alice");
  CHECK(escape_dn_value("a,ou=admins") == "a\\,ou\\=admins");
  CHECK(escape_dn_value("a+cn=b") == "a\\+cn\\=b");
  CHECK(escape_dn_value("#0401") == "\\#0401");
  CHECK(escape_dn_value("a#") == "a#");
  CHECK(escape_dn_value(" a ") == "\\ a\\ ");
  CHECK(escape_dn_value("a b") == "a b");
  CHECK(escape_dn_value("\"a\";<b>\\") == "\\\"a\\\"\\;\\<b\\>\\\\");
  CHECK(escape_dn_value(std::string("a\0\n", 3)) == "a\\00\\0a");
  CHECK(escape_dn_value("\xc3\xa5") == "\xc3\xa5");
}

TEST_CASE("one name in many spellings has one key") {
  const auto key = dn_key("cn=Staff Group,ou=groups,dc=example,dc=org");
  REQUIRE(key);
  for (const char* same :
       {"CN=staff group,OU=Groups,DC=Example,DC=ORG", "cn = Staff Group , ou=groups, dc=example,dc=org",
        "cn=Staff  Group,ou=groups,dc=example,dc=org", "2.5.4.3=Staff Group,2.5.4.11=groups,dc=example,dc=org",
        "cn=\\53taff Group,ou=groups,dc=example,dc=org", "commonName=Staff Group,ou=groups,DC=example,dc=org"}) {
    CAPTURE(same);
    CHECK(dn_key(same) == key);
  }
  CHECK(dn_key("cn=a+ou=b,dc=x") == dn_key("OU=b+CN=A,dc=x"));
  for (const char* other :
       {"cn=Staff,ou=groups,dc=example,dc=org", "cn=Staff Group,ou=groups,dc=example",
        "ou=Staff Group,ou=groups,dc=example,dc=org", "cn=Staff\\, Group,ou=groups,dc=example,dc=org"}) {
    CAPTURE(other);
    CHECK(dn_key(other) != key);
  }
  CHECK(dn_key("") == std::optional<std::string>(""));
  for (const char* none : {"staff", "cn=a,,dc=x", "=a", "cn=\"a", "cn=a\\"}) {
    CAPTURE(none);
    CHECK_FALSE(dn_key(none));
  }
  CHECK_FALSE(dn_key(std::string(9000, 'a')));
}

TEST_CASE("below a base is not beside it") {
  const auto within = [](const char* dn, const char* base) { return is_within(*dn_key(dn), *dn_key(base)); };
  CHECK(within("cn=a,ou=groups,dc=x", "OU=Groups,dc=x"));
  CHECK(within("ou=groups,dc=x", "ou=groups,dc=x"));
  CHECK(within("cn=a,dc=x", ""));
  CHECK_FALSE(within("cn=a,ou=subgroups,dc=x", "ou=groups,dc=x"));
  CHECK_FALSE(within("cn=a\\,ou\\=groups\\,dc\\=x", "ou=groups,dc=x"));
  CHECK_FALSE(within("dc=x", "ou=groups,dc=x"));
}

TEST_CASE("the first value of a name") {
  CHECK(first_value("cn=staff,ou=groups", "CN") == "staff");
  CHECK(first_value("2.5.4.3=a\\,b,ou=groups", "cn") == "a,b");
  CHECK_FALSE(first_value("ou=staff,ou=groups", "cn"));
  CHECK_FALSE(first_value("cn=a+ou=b,dc=x", "cn"));
  CHECK_FALSE(first_value("", "cn"));
  CHECK_FALSE(first_value("cn=#0403616263,dc=x", "cn"));
}
