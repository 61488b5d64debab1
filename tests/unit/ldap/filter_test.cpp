// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <filter.hpp>
#include <string>

using namespace gatehouse::ldap;

TEST_CASE("what means something in a filter is escaped") {
  CHECK(escape_filter_value("alice") == "alice");
  CHECK(escape_filter_value("*") == "\\2a");
  CHECK(escape_filter_value("a(b)c\\") == "a\\28b\\29c\\5c");
  CHECK(escape_filter_value(std::string("a\0b", 3)) == "a\\00b");
  CHECK(escape_filter_value("\xc3\xa5\xff") == "\\c3\\a5\\ff");
  CHECK(escape_filter_value("") == "");
  CHECK(equals_filter("uid", "*)(uid=*") == "(uid=\\2a\\29\\28uid=\\2a)");
}

TEST_CASE("parts are joined") {
  CHECK(all_of_filters({}) == "");
  CHECK(all_of_filters({"", "(a=b)"}) == "(a=b)");
  CHECK(all_of_filters({"(a=b)", "(c=d)"}) == "(&(a=b)(c=d))");
  CHECK(any_of_filters({"(a=b)", "", "(c=d)"}) == "(|(a=b)(c=d))");
}

TEST_CASE("a filter of the configuration is checked") {
  for (const char* good :
       {"(a=b)", "(&(a=b)(c=d))", "(!(a=*))", "(|(a=b)(&(c=d)(!(e=f))))", "(a=)", "(cn;lang-en=x)", "(a>=1)", "(a<=1)",
        "(a~=x)", "(a:=x)", "(member:1.2.840.113556.1.4.1941:=cn=x)", "(ou:dn:=x)", "(a=\\2a)", "(1.2.3=x)"}) {
    CAPTURE(good);
    CHECK(filter_fault(good) == "");
  }
  std::string deep = "(a=b)";
  for (int i = 0; i < 20; ++i) deep = "(!" + deep + ")";
  for (const std::string& bad : {std::string(),
                                 std::string("a=b"),
                                 std::string("(a=b"),
                                 std::string("(a=b))"),
                                 std::string("()"),
                                 std::string("(&)"),
                                 std::string("(=b)"),
                                 std::string("(a)"),
                                 std::string("(a=b)(c=d)"),
                                 std::string("(a=\\)"),
                                 std::string("(a=\\zz)"),
                                 std::string("(!(a=b)(c=d))"),
                                 std::string("(a=(b))"),
                                 std::string("(uid={user})"),
                                 std::string("(uid=%s)"),
                                 std::string("(a b=c)"),
                                 std::string("(a=b**)"),
                                 std::string("(a>=*)"),
                                 std::string("(a:=*)"),
                                 std::string("(a;=b)"),
                                 std::string("(1.a=b)"),
                                 std::string("(a_b=c)"),
                                 std::string("(a::=b)"),
                                 std::string("(a=\nb)"),
                                 deep,
                                 std::string(5000, 'x')}) {
    CAPTURE(bad);
    CHECK(filter_fault(bad) != "");
  }
}
