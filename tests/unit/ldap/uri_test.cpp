// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <gatehouse/plugin/description.hpp>
#include <string>
#include <uri.hpp>
#include <utility>
#include <vector>

using namespace gatehouse::ldap;
using Given = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("an LDAP URL gives options") {
  CHECK(options_of_uri("ldaps://dc1.corp/ou=people,dc=corp?uid") ==
        Given{{"uri", "ldaps://dc1.corp"}, {"base", "ou=people,dc=corp"}, {"user_attributes", "uid"}});
  CHECK(options_of_uri("ldap://h:1389/dc=x??SUB?(a=b)") ==
        Given{{"uri", "ldap://h:1389"}, {"base", "dc=x"}, {"scope", "sub"}, {"filter", "(a=b)"}});
  CHECK(options_of_uri("LDAP://h/o=a%3Fb%20c?uid,mail?one??x-group_base=ou%3Dg%2Cdc%3Dx,!x-start_tls,X-Max_Groups=5") ==
        Given{{"uri", "ldap://h"},
              {"base", "o=a?b c"},
              {"user_attributes", "uid"},
              {"user_attributes", "mail"},
              {"scope", "one"},
              {"group_base", "ou=g,dc=x"},
              {"start_tls", "true"},
              {"max_groups", "5"}});
  CHECK(options_of_uri("ldapi://%2Frun%2Fldapi/dc=x") == Given{{"uri", "ldapi://%2frun%2fldapi"}, {"base", "dc=x"}});
  CHECK(options_of_uri("LDAPS+srv://x.org/dc=x") == Given{{"uri", "ldaps+srv://x.org"}, {"base", "dc=x"}});
  CHECK(options_of_uri("ldaps:///dc=x") == Given{{"base", "dc=x"}});
  CHECK(options_of_uri("ldaps://h") == Given{{"uri", "ldaps://h"}});
}

TEST_CASE("what is not one is refused") {
  for (const std::string& bad :
       {std::string("ldap:h"), std::string("ldap://u@h/dc=x"), std::string("ldap://u:p@h/dc=x"),
        std::string("ldap://h/dc=x#y"), std::string("ldap://h/dc=x?a b"), std::string("ldap://h/dc=x?x-a=b"),
        std::string("ldap://h/dc=x????bindname=cn=a"), std::string("ldap://h/dc=x????1.3.6.1=a"),
        std::string("ldap://h/dc=x????x-"), std::string("ldap://h/dc=x????x-a=b,"), std::string("ldap://h/dc=x?????"),
        std::string("ldap://h/%zz"), std::string("ldap://h/a%00"), std::string("ldap://h/?uid,,mail"),
        std::string("ldap://h:x/dc=x"), std::string("ldap://h/dc=x????x-base=dc%3Dy"), std::string(9000, 'a')}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(static_cast<void>(options_of_uri(bad)), gatehouse::plugin::ConfigError);
  }
}
