// SPDX-License-Identifier: Apache-2.0
#include <group_file.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace gatehouse::htpasswd;
using Names = std::vector<std::string_view>;

TEST_CASE("groups as Apache reads them") {
  Problems problems;
  const GroupTable table(
      "\xEF\xBB\xBF# comment\r\n\r\nadmins: alice bob\r\n  staff :  bob\tcarol  bob\nempty:\nadmins: dave\nlast: alice",
      problems);
  CHECK(problems.empty());
  CHECK(table.groups_of("alice") == Names{"admins", "last"});
  CHECK(table.groups_of("bob") == Names{"admins", "staff"});
  CHECK(table.groups_of("carol") == Names{"staff"});
  CHECK(table.groups_of("dave") == Names{"admins"});
  CHECK(table.groups_of("eve").empty());
  CHECK(table.groups_of("").empty());
  CHECK(table.users() == Names{"alice", "bob", "carol", "dave"});
}

TEST_CASE("bad lines and names cost only themselves") {
  Problems problems;
  const GroupTable table(std::string("no colon\n: alice\nbad\x01group: alice\ngood: al\xFFice bob ") +
                             std::string(600, 'u') + "\nok: carol",
                         problems);
  CHECK(problems.count() == 4);
  CHECK(problems.words()[0].starts_with("line 1: "));
  CHECK(problems.words()[1].starts_with("line 2: "));
  CHECK(problems.words()[3].find("2 user name(s)") != std::string::npos);
  CHECK(table.groups_of("alice").empty());
  CHECK(table.groups_of("bob") == Names{"good"});
}

TEST_CASE("a NUL byte in a group line") {
  Problems problems;
  const GroupTable table(std::string("g\0: alice\nh: al\0ice bob\n", 24), problems);
  CHECK(problems.count() == 2);
  CHECK(table.groups_of("al").empty());
  CHECK(table.groups_of("bob") == Names{"h"});
}

TEST_CASE("a user again and again is in a group once") {
  Problems problems;
  const GroupTable table("a: x x\nb: x\na: x", problems);
  CHECK(table.groups_of("x") == Names{"a", "b"});
}

TEST_CASE("a hundred thousand members on one line") {
  std::string text = "all:";
  for (int i = 0; i < 100'000; ++i) text += " u" + std::to_string(i);
  Problems problems;
  const GroupTable table(text, problems);
  CHECK(problems.empty());
  CHECK(table.users().size() == 100'000);
  CHECK(table.groups_of("u99999") == Names{"all"});
  CHECK(table.groups_of("u100000").empty());
}
