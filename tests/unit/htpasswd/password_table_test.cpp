// SPDX-License-Identifier: Apache-2.0
#include <password_table.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "samples.hpp"

using namespace gatehouse::htpasswd;
using gatehouse::htpasswd::test::kSamples;
using gatehouse::htpasswd::test::kSha;

namespace {

struct Built {
  PasswordTable table;
  Problems problems;
};

Built build(std::string_view text, const Policy& policy = {}, std::size_t piece = 1 << 20) {
  PasswordTableBuilder builder(policy, text.size());
  for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size()))) {
    builder.add(rest.substr(0, piece));
  }
  Built built;
  built.table = builder.finish();
  built.problems = builder.problems();
  return built;
}

std::string line(std::string_view user, std::string_view hash = kSha) {
  return std::string(user) + ":" + std::string(hash) + "\n";
}

bool says(const Problems& problems, std::string_view number, std::string_view text) {
  for (const std::string& words : problems.words()) {
    if (words.starts_with("line " + std::string(number) + ":") && words.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("HP-01: an empty file has nobody") {
  const Built built = build("");
  CHECK(built.table.size() == 0);
  CHECK_FALSE(built.table.find("alice"));
  CHECK_FALSE(built.table.find(""));
  CHECK(built.problems.empty());
}

TEST_CASE("HP-02, HP-04: CRLF, comments, blank lines, no final newline, byte order mark") {
  const Built built =
      build("\xEF\xBB\xBF# users\r\n\r\nalice:" + std::string(kSha) + "\r\n  \nbob:" + std::string(kSha));
  CHECK(built.problems.empty());
  CHECK(built.table.size() == 2);
  REQUIRE(built.table.find("alice"));
  CHECK(built.table.find("alice")->hash == kSha);
  REQUIRE(built.table.find("bob"));
  CHECK(built.table.find("bob")->hash == kSha);
}

TEST_CASE("HP-05, HP-07, HP-26: a bad line costs only itself, and is reported by its number") {
  const std::string text = line("alice") + "no colon here\n" + ":hash\n" + std::string("nul\0:x\n", 7) + line("bob");
  const Built built = build(text);
  CHECK(built.table.size() == 2);
  CHECK(built.table.find("alice"));
  CHECK(built.table.find("bob"));
  CHECK(built.problems.count() == 3);
  CHECK(says(built.problems, "2", "no colon"));
  CHECK(says(built.problems, "3", "user name"));
  CHECK(says(built.problems, "4", "NUL"));
}

TEST_CASE("HP-08, HP-23, HP-25: known users that never match") {
  const Built built = build("empty:\nplaintext:secret\nstar:*0\nlocked:!\n");
  REQUIRE(built.table.size() == 4);
  CHECK(built.table.find("empty")->scheme == Scheme::empty);
  CHECK(built.table.find("plaintext")->scheme == Scheme::unknown);
  CHECK(built.table.find("star")->scheme == Scheme::locked);
  CHECK(built.table.find("locked")->scheme == Scheme::locked);
  CHECK(built.problems.count() == 2);
  CHECK(says(built.problems, "1", "empty"));
  CHECK(says(built.problems, "2", "plaintext"));
  CHECK(built.table.records().find("secret") == std::string_view::npos);  // not even kept
  CHECK(built.problems.words()[1].find("secret") == std::string::npos);
}

TEST_CASE("HP-10: the first of two lines counts, also when it is the unusable one") {
  const Built built = build(line("alice") + line("alice", "$apr1$x$PSNAB.vTkM7vBB0Kq4yHq0") + "bob:\n" + line("bob"));
  CHECK(built.table.size() == 2);
  CHECK(built.table.find("alice")->hash == kSha);
  CHECK(built.table.find("bob")->scheme == Scheme::empty);
  CHECK(says(built.problems, "2", "alice"));
  CHECK(says(built.problems, "4", "bob"));
}

TEST_CASE("HP-16, HP-17, HP-19, HP-22: refused when the file is read") {
  const std::string text =
      line("b31", "$2b$31$" + std::string(53, 'a')) + line("b03", "$2b$03$" + std::string(53, 'a')) +
      line("sha", "$6$rounds=999999999$salt$" + std::string(86, 'a')) +
      line("yes", "$y$jFT$salt$" + std::string(43, 'a')) + line("scr", "$7$zU..../....salt$" + std::string(43, 'a')) +
      line("des", "abhfCpXqd4GrI") + line("alice");
  const Built built = build(text);
  CHECK(built.problems.count() == 6);
  for (const char* user : {"b31", "b03", "sha", "yes", "scr", "des"}) {
    CAPTURE(user);
    REQUIRE(built.table.find(user));
    CHECK_FALSE(is_usable(built.table.find(user)->scheme));
    CHECK(built.table.find(user)->hash.empty());
  }
  CHECK(says(built.problems, "6", "DES"));
  CHECK(built.table.costs().of(Scheme::bcrypt) == 0);
  CHECK(built.table.costs().of(Scheme::sha1) == 1);
}

TEST_CASE("HP-35: a line of a megabyte is skipped, however it is cut") {
  const std::string text =
      line("alice") + std::string(1 << 20, 'x') + "\n" + "u:" + std::string(70'000, 'y') + "\n" + line("bob");
  for (const std::size_t piece : {std::size_t{100}, std::size_t{65'536}, text.size()}) {
    const Built built = build(text, {}, piece);
    CHECK(built.table.size() == 2);
    CHECK(built.table.find("bob"));
    CHECK(says(built.problems, "2", "64 KiB"));
    CHECK(says(built.problems, "3", "64 KiB"));
  }
}

TEST_CASE("HP-44: names are compared byte by byte") {
  const Built built = build(line("Alice") + line("alice") + line("alice ") + line("\xC3\xA9") + line("e\xCC\x81"));
  CHECK(built.problems.empty());
  CHECK(built.table.size() == 5);
  CHECK(built.table.find("alice ")->user == "alice ");
  CHECK(built.table.find("Alice")->user == "Alice");
  CHECK_FALSE(built.table.find("ALICE"));
  CHECK_FALSE(built.table.find("alice  "));
  CHECK_FALSE(built.table.find("alic"));
}

TEST_CASE("a name that looks like a record is nobody") {
  const Built built = build(line("alice"));
  CHECK_FALSE(built.table.find("alice\x03{SHA}"));
  CHECK_FALSE(built.table.find(std::string_view("\0", 1)));
  CHECK_FALSE(built.table.find(built.table.records()));
  CHECK_FALSE(built.table.find(std::string(100'000, 'a')));
}

TEST_CASE("the same table, wherever the pieces end") {
  std::string text;
  for (const auto& sample : kSamples) text += line("user" + std::to_string(text.size()), sample.hash);
  const Built whole = build(text);
  CHECK(whole.table.size() == kSamples.size());
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U, 1000U}) {
    const Built cut = build(text, {}, piece);
    CHECK(cut.table.records() == whole.table.records());
    CHECK(cut.table.costs() == whole.table.costs());
  }
}

TEST_CASE("next() walks over all, in order; records never outgrow the file") {
  const std::string text = "a:\nb:x\nc:" + std::string(kSha);
  const Built built = build(text);
  CHECK(built.table.records().size() <= text.size() + 1);
  std::vector<std::string> users;
  std::size_t position = 0;
  while (const auto account = built.table.next(position)) users.emplace_back(account->user);
  CHECK(users == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("many problems are counted, the first in words") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "bad\n";
  const Built built = build(text);
  CHECK(built.problems.count() == 1000);
  CHECK(built.problems.words().size() == Problems::kInWords);
}
