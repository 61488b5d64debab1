// SPDX-License-Identifier: Apache-2.0
#include "config/problems.hpp"

#include <doctest/doctest.h>

#include <string>

#include "config/words.hpp"

using gatehouse::config::Location;
using gatehouse::config::Problems;
using gatehouse::config::suggestion;

TEST_CASE("a problem names file, line and key") {
  Problems problems;
  CHECK(problems.empty());
  problems.add(Location{"a.toml", 3, "log.level"}, "is wrong");
  problems.add(Location{"a.toml", 0, "log.level"}, "is wrong");
  problems.add(Location{"a.toml", 7, ""}, "is wrong");
  problems.add(Location{"", 0, "key"}, "is wrong");
  CHECK(problems.size() == 4);
  CHECK(problems.to_error().message ==
        "a.toml:3: log.level: is wrong\na.toml: log.level: is wrong\na.toml:7: is wrong\nkey: is wrong");
}

TEST_CASE("nothing from a file can draw on the operator's terminal or begin a line") {
  Problems problems;
  problems.add(Location{"a\nb", 1, "k\x1b[2J"}, "says \r\n\x7f \xff and \xc2\x9b");
  CHECK(problems.to_error().message == "a\\x0ab:1: k\\x1b[2J: says \\x0d\\x0a\\x7f \\xff and \\xc2\\x9b");
}

TEST_CASE("past the limit problems are only counted") {
  Problems problems;
  for (std::size_t i = 0; i < Problems::limit + 5; ++i) problems.add(Location{"f", 1, "k"}, "x");
  CHECK(problems.full());
  CHECK(problems.size() == Problems::limit);
  CHECK(problems.to_error().message.ends_with("\nand 5 more"));
}

TEST_CASE("a misspelt word finds its neighbour") {
  const std::vector<std::string> known{"display_name", "chain", "subjects", "timeout", "ttl"};
  struct Case {
    const char* word;
    const char* meant;
  };
  for (const Case& c : {Case{"chian", "chain"}, Case{"chan", "chain"}, Case{"chains", "chain"},
                        Case{"display-name", "display_name"}, Case{"DISPLAY_NAME", "display_name"},
                        Case{"subject", "subjects"}, Case{"timout", "timeout"}, Case{"tll", "ttl"}}) {
    CAPTURE(c.word);
    CHECK(suggestion(c.word, known) == "; did you mean \"" + std::string(c.meant) + "\"?");
  }
}

TEST_CASE("a word that is near nothing gets the list, if it is short") {
  CHECK(suggestion("zzz", {"chain", "ttl"}) == "; there is: chain, ttl");
  CHECK(suggestion("", {"chain"}) == "; there is: chain");
  CHECK(suggestion("x", {}).empty());
  CHECK(suggestion("x", {"a"}) == "; there is: a");  // one letter is near every other
  CHECK(suggestion("zzz", std::vector<std::string>(50, "chain")).empty());
  CHECK(suggestion(std::string(100'000, 'c'), {"chain"}) == "; there is: chain");
  CHECK(suggestion("chain", {std::string(100'000, 'c'), "chian"}) == "; did you mean \"chian\"?");
}

TEST_CASE("words are shown safely") {
  using namespace gatehouse::config;
  CHECK(in_quotes("a\"b") == "\"a\"b\"");
  CHECK(printable("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
  CHECK(printable("\xc3") == "\\xc3");
  CHECK(printable("\xe2\x82") == "\\xe2\\x82");
  CHECK(printable(std::string(500, 'x')).size() == 203);
  CHECK(printable(std::string(500, 'x'), 10) == "xxxxxxxxxx...");
  CHECK(shell_word("/etc/a-b_c.d") == "/etc/a-b_c.d");
  CHECK(shell_word("/etc/a b") == "'/etc/a b'");
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(shell_word("") == "''");
  CHECK(dotted_key("", "a") == "a");
  CHECK(dotted_key("backends", "a b") == "backends.\"a b\"");
  CHECK(dotted_key("backends", "") == "backends.\"\"");
}
