// SPDX-License-Identifier: Apache-2.0
#include "passwd_lines.hpp"

#include <doctest/doctest.h>

using namespace gatehouse::cli;

TEST_CASE("a line that is no entry is found") {
  CHECK(first_foreign_line("alice:1\n\n# staff\n  # more\nbroken\nworse\n") == 5);
  CHECK(first_foreign_line("broken") == 1);
  CHECK_FALSE(first_foreign_line("alice:1\n \t\n#\nbob:"));
  CHECK_FALSE(first_foreign_line(""));
}

TEST_CASE("only the whole name is the user's") {
  constexpr std::string_view text = "ali:1\nalice2:2\n#alice:3\nalice:4\nalice:5\n";
  CHECK(hash_of(text, "alice") == "4");
  CHECK_FALSE(hash_of(text, "alic"));
  CHECK_FALSE(hash_of(text, "bob"));
  CHECK(with_record(text, "alice", "alice:x") == "ali:1\nalice2:2\n#alice:3\nalice:x\nalice:x\n");
  CHECK(without_user(text, "alice") == "ali:1\nalice2:2\n#alice:3\n");
  CHECK(without_user(text, "nobody") == text);
}

TEST_CASE("line ends stay, and a missing one is added before the next line") {
  CHECK(with_record("", "bob", "bob:1") == "bob:1\n");
  CHECK(with_record("alice:1", "bob", "bob:1") == "alice:1\nbob:1\n");
  CHECK(with_record("alice:1\r\nbob:2\r\n", "bob", "bob:1") == "alice:1\r\nbob:1\r\n");
  CHECK(with_record("alice:1\r\n", "bob", "bob:1") == "alice:1\r\nbob:1\r\n");
  CHECK(with_record("alice:1\n\n", "bob", "bob:1") == "alice:1\n\nbob:1\n");
  CHECK(hash_of("bob:2\r\n", "bob") == "2");
}

TEST_CASE("a byte order mark is no part of the first name, and stays") {
  const std::string mark = "\xEF\xBB\xBF";
  const std::string text = mark + "alice:1\nbob:2\n";
  CHECK(hash_of(text, "alice") == "1");
  CHECK_FALSE(hash_of(text, mark + "alice"));
  CHECK(with_record(text, "alice", "alice:x") == mark + "alice:x\nbob:2\n");
  CHECK(with_record(text, "carol", "carol:3") == text + "carol:3\n");
  CHECK(without_user(text, "alice") == mark + "bob:2\n");
  CHECK(without_user(text, "bob") == mark + "alice:1\n");
  CHECK_FALSE(first_foreign_line(mark + "# staff\nalice:1\n"));
  CHECK_FALSE(first_foreign_line(mark));
  CHECK(with_record(mark, "bob", "bob:1") == mark + "bob:1\n");
  CHECK_FALSE(hash_of("bob:2\n" + text, "alice"));  // in the middle of a file it is what it is: part of a name
}
