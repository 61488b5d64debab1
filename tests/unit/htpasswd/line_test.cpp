// SPDX-License-Identifier: Apache-2.0
#include <htpasswd/line.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace gatehouse::htpasswd;

namespace {
LineKind kind(std::string_view text) {
  return parse_line(text).kind;
}
}  // namespace

TEST_CASE("lines that are no entry") {
  CHECK(kind("alice") == LineKind::no_colon);
  CHECK(kind(" alice") == LineKind::no_colon);
  CHECK(kind(":hash") == LineKind::bad_user);
  CHECK(kind(":") == LineKind::bad_user);
  CHECK(kind(std::string_view("al\0ice:hash", 11)) == LineKind::nul_byte);
  CHECK(kind(std::string_view("alice:ha\0sh", 11)) == LineKind::nul_byte);
  CHECK(kind(std::string_view("#\0", 2)) == LineKind::nul_byte);
  CHECK(kind("al\tice:hash") == LineKind::bad_user);
  CHECK(kind("al\rice:hash") == LineKind::bad_user);
  CHECK(kind("\x1B[31m:hash") == LineKind::bad_user);
  CHECK(kind("\x7F:hash") == LineKind::bad_user);
  CHECK(kind("caf\xE9:hash") == LineKind::bad_user);
  CHECK(kind(std::string(513, 'u') + ":hash") == LineKind::bad_user);
  CHECK(kind(std::string(kLongestLine + 1, 'u')) == LineKind::too_long);
  CHECK(kind("u:" + std::string(1024 * 1024, 'h')) == LineKind::too_long);
}

TEST_CASE("comments and blank lines") {
  CHECK(kind("") == LineKind::ignored);
  CHECK(kind("\r") == LineKind::ignored);
  CHECK(kind(" \t ") == LineKind::ignored);
  CHECK(kind("# alice:hash") == LineKind::ignored);
  CHECK(kind("#") == LineKind::ignored);
}

TEST_CASE("entries keep the name's bytes") {
  const Line plain = parse_line("alice:hash");
  CHECK(plain.kind == LineKind::entry);
  CHECK(plain.user == "alice");
  CHECK(plain.hash == "hash");
  CHECK(parse_line("alice :hash").user == "alice ");
  CHECK(parse_line(" alice:hash").user == " alice");
  CHECK(parse_line("Alice:hash").user == "Alice");
  CHECK(parse_line("caf\xC3\xA9:hash").user == "caf\xC3\xA9");
  CHECK(kind(std::string(512, 'u') + ":hash") == LineKind::entry);
  CHECK(parse_line("al#ice:hash").user == "al#ice");
}

TEST_CASE("the hash ends at the second colon, at a CR, or before white space") {
  CHECK(parse_line("alice:hash:comment:more").hash == "hash");
  CHECK(parse_line("alice:hash\r").hash == "hash");
  CHECK(parse_line("alice:hash \t\r").hash == "hash");
  CHECK(parse_line("alice:").hash.empty());
  CHECK(parse_line("alice: ").hash.empty());
  CHECK(parse_line("alice::comment").hash.empty());
  CHECK(parse_line("alice:{PLAIN}two spaces  ").hash == "{PLAIN}two spaces  ");
  CHECK(parse_line("alice:{PLAIN}x\r").hash == "{PLAIN}x");
}

TEST_CASE("every kind of bad line has words, good ones have none") {
  for (const LineKind bad : {LineKind::no_colon, LineKind::nul_byte, LineKind::bad_user, LineKind::too_long}) {
    CHECK_FALSE(complaint(bad).empty());
  }
  CHECK(complaint(LineKind::entry).empty());
  CHECK(complaint(LineKind::ignored).empty());
}

TEST_CASE("names are UTF-8 of RFC 3629 without controls") {
  CHECK(is_name("a"));
  CHECK(is_name("\xC3\xA9"));
  CHECK(is_name("\xE2\x82\xAC"));
  CHECK(is_name("\xF0\x9F\x98\x80"));
  CHECK_FALSE(is_name(""));
  CHECK_FALSE(is_name("\x80"));
  CHECK_FALSE(is_name("\xC0\xAF"));
  CHECK_FALSE(is_name("\xC3"));
  CHECK_FALSE(is_name("\xE0\x80\xAF"));
  CHECK_FALSE(is_name("\xE2\x82"));
  CHECK_FALSE(is_name("\xED\xA0\x80"));
  CHECK_FALSE(is_name("\xF0\x80\x80\x80"));
  CHECK_FALSE(is_name("\xF4\x90\x80\x80"));
  CHECK_FALSE(is_name("\xF5\x80\x80\x80"));
  CHECK_FALSE(is_name("\xFF"));
  CHECK_FALSE(is_name("\xC2\x85"));
  CHECK_FALSE(is_name("a\nb"));
}
