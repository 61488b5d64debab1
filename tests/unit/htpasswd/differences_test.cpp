// SPDX-License-Identifier: Apache-2.0
#include <differences.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "samples.hpp"

using namespace gatehouse::htpasswd;
using gatehouse::htpasswd::test::kSha;
using Names = std::vector<std::string>;

namespace {

PasswordTable table(std::string_view text) {
  PasswordTableBuilder builder({.allow_plain = true}, text.size());
  builder.add(text);
  return builder.finish();
}

std::optional<Names> changed(std::string_view before, std::string_view after, std::size_t limit = 1000) {
  auto names = changed_users(table(before), table(after), limit);
  if (names) std::sort(names->begin(), names->end());
  return names;
}

const std::string kTail = ":" + std::string(kSha) + "\n";

}  // namespace

TEST_CASE("added, changed and removed users, and nobody else") {
  const std::string a = "a" + kTail, b = "b" + kTail, c = "c" + kTail, b2 = "b:{PLAIN}x\n";
  CHECK(changed("", "") == Names{});
  CHECK(changed(a + b + c, a + b + c) == Names{});
  CHECK(changed(a + b + c, a + b2 + c) == Names{"b"});
  CHECK(changed(a + b2 + c, a + b + c) == Names{"b"});
  CHECK(changed(a + b + c, a + c) == Names{"b"});
  CHECK(changed(a + c, a + b + c) == Names{"b"});
  CHECK(changed(a + b, a + b + c) == Names{"c"});
  CHECK(changed(b + c, a + b + c) == Names{"a"});
  CHECK(changed("", a + b) == Names{"a", "b"});
  CHECK(changed(a + b, "") == Names{"a", "b"});
  CHECK(changed(a + b + c, c + b + a) == Names{});  // order is nothing
  CHECK(changed(a + b + c, "# hello\n" + a + "\n" + b + c + "bad line\n") == Names{});
  CHECK(changed(a + b, "aa" + kTail + b) == Names{"a", "aa"});
  CHECK(changed(a + b, a + "b:\n") == Names{"b"});
  CHECK(changed(a + "b:\n", a + "b:secret\n") == Names{"b"});  // another reason, another line
}

TEST_CASE("too many are nobody in particular") {
  const std::string text = "a" + kTail + "b" + kTail + "c" + kTail;
  CHECK(changed(text, "", 3) == Names{"a", "b", "c"});
  CHECK_FALSE(changed(text, "", 2));
  CHECK_FALSE(changed("", text, 2));
  CHECK(changed("", text, 3));
}

TEST_CASE("as a plain comparison of maps finds them") {
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    std::map<std::string, std::string> maps[2];
    std::string texts[2];
    for (int side = 0; side < 2; ++side) {
      for (char name = 'a'; name < 'i'; ++name) {
        if (random() % 4 == 0) continue;
        const std::string hash = random() % 3 == 0 ? "{PLAIN}aa" : random() % 2 == 0 ? "{PLAIN}a" : "{PLAIN}b";
        maps[side][std::string(1, name)] = hash;
        texts[side] += std::string(1, name) + ":" + hash + "\n";
      }
    }
    Names expected;
    for (char name = 'a'; name < 'i'; ++name) {
      const std::string key(1, name);
      const auto before = maps[0].find(key);
      const auto after = maps[1].find(key);
      const bool had = before != maps[0].end();
      const bool has = after != maps[1].end();
      if (had != has || (had && before->second != after->second)) expected.push_back(key);
    }
    CAPTURE(texts[0]);
    CAPTURE(texts[1]);
    CHECK(changed(texts[0], texts[1]) == expected);
  }
}

TEST_CASE("group changes") {
  Problems problems;
  const auto members = [&](std::string before, std::string after, std::size_t limit = 100) {
    auto names =
        changed_members(GroupTable(std::move(before), problems), GroupTable(std::move(after), problems), limit);
    if (names) std::sort(names->begin(), names->end());
    return names;
  };
  CHECK(members("a: x y\n", "a: x y\n") == Names{});
  CHECK(members("a: x y\n", "a: y  x\n") == Names{});
  CHECK(members("a: x y\n", "a: x\n") == Names{"y"});
  CHECK(members("a: x\n", "a: x y\n") == Names{"y"});
  CHECK(members("a: x\n", "b: x\n") == Names{"x"});
  CHECK(members("a: x y\n", "") == Names{"x", "y"});
  CHECK_FALSE(members("a: x y\n", "", 1));
  CHECK_FALSE(members("", "a: x y\n", 1));
}
