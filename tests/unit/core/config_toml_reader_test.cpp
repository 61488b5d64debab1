// SPDX-License-Identifier: Apache-2.0
#include "config/toml_reader.hpp"

#include <doctest/doctest.h>

#include "config/toml_limits.hpp"
#include "config_support.hpp"

using namespace config_test;

namespace {

struct Parsed {
  std::vector<TomlEntry> entries;
  std::string problems;
};

Parsed parse(std::string_view text) {
  Problems problems;
  Parsed parsed;
  parsed.entries = read_toml(text, "f.toml", problems);
  if (!problems.empty()) parsed.problems = problems.to_error().message;
  return parsed;
}

std::string repeated(std::string_view part, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

}  // namespace

TEST_CASE("entries come in the order of the text, with their lines") {
  const auto parsed = parse(
      "z = 1\na = \"x\"\n\n[t.u]\nlist = [\"p\", \"q\"]\nflag = true\nfloat = 1.5\ndate = 2020-01-01\n"
      "mixed = [1, \"a\"]\nempty = []\ninline = {k = 2}\n");
  REQUIRE(parsed.problems.empty());
  REQUIRE(parsed.entries.size() == 3);
  CHECK(parsed.entries[0].name == "z");
  CHECK(std::get<std::int64_t>(parsed.entries[0].value.value) == 1);
  CHECK(parsed.entries[1].name == "a");
  CHECK(parsed.entries[1].value.where.line == 2);
  const TomlEntry& table = parsed.entries[2].entries.at(0);
  CHECK(table.is_table());
  CHECK(table.value.where.key == "t.u");
  CHECK(table.value.where.line == 4);
  REQUIRE(table.entries.size() == 7);
  CHECK(std::get<std::vector<std::string>>(table.entries[0].value.value).size() == 2);
  CHECK(table.entries[0].value.where.line == 5);
  CHECK(table.entries[0].value.where.file == "f.toml");
  CHECK(std::get<bool>(table.entries[1].value.value));
  CHECK(std::holds_alternative<std::monostate>(table.entries[2].value.value));
  CHECK(std::holds_alternative<std::monostate>(table.entries[3].value.value));
  CHECK(std::holds_alternative<std::monostate>(table.entries[4].value.value));
  CHECK(std::get<std::vector<std::string>>(table.entries[5].value.value).empty());
  CHECK(table.entries[6].is_table());
}

TEST_CASE("a byte order mark, CRLF and a missing last line end are fine") {
  const auto parsed = parse("\xEF\xBB\xBF# c\r\na = 1\r\n[b]\r\nc = \"x\"");
  CHECK(parsed.problems.empty());
  REQUIRE(parsed.entries.size() == 2);
  CHECK(parsed.entries[0].value.where.line == 2);
  CHECK(std::get<std::string>(parsed.entries[1].entries.at(0).value.value) == "x");
}

TEST_CASE("what is not TOML is one problem with its line") {
  struct Case {
    const char* text;
    const char* part;
  };
  for (const Case& c : {
           Case{"a = 1\na = 2\n", "f.toml:2: "},
           Case{"[t]\n[t]\n", "stands once"},
           Case{"[t]\na = 1\n[x]\n[t]\n", "f.toml:4: "},
           Case{"a.b = 1\n[a]\n", "f.toml:2: "},
           Case{"a = 300x\n", "f.toml:1: "},
           Case{"a = yes\n", "f.toml:1: "},
           Case{"a = on\n", "f.toml:1: "},
           Case{"a = 99999999999999999999\n", "f.toml:1: "},
           Case{"a = 007\n", "f.toml:1: "},
           Case{"a = \"x\n", "f.toml:1: "},
           Case{"a = \"\\q\"\n", "f.toml:1: "},
           Case{"a = 'x' b\n", "f.toml:1: "},
           Case{"a\n", "f.toml:1: "},
           Case{"= 1\n", "f.toml:1: "},
           Case{"[a\n", "f.toml:1: "},
           Case{"[]\n", "f.toml:1: "},
           Case{"a = [1,\n", "f.toml:"},
           Case{"a = {b = 1\n}\n", "f.toml:1: "},
           Case{"a = \"x\" \x01\n", "f.toml:1: "},
           Case{"\n\nuser nginx;\n", "f.toml:3: "},
           Case{"{\"a\": 1}\n", "f.toml:1: "},
       }) {
    CAPTURE(c.text);
    const auto parsed = parse(c.text);
    CAPTURE(parsed.problems);
    CHECK(contains(parsed.problems, c.part));
    CHECK_FALSE(contains(parsed.problems, "\n"));
    CHECK(parsed.entries.empty());
  }
}

TEST_CASE("a value that breaks the grammar is not repeated: it may be a secret without its quotes") {
  for (const char* text :
       {"a = hunter2\n", "a = 8675309867530986753098675309\n", "a = tRuEhunter2\n", "a = \"hun\\ter2\n",
        "a = 'hunter2\n", "a = 1hunter2\n", "a = hunter2#\n", "a = 2020-hunter2\n", "a = [hunter2]\n",
        "a = \"x\" hunter2\n", "a = infhunter2\n", "a = falsehunter2\n", "a = \"\\uhunter2\"\n"}) {
    CAPTURE(text);
    const auto parsed = parse(text);
    CAPTURE(parsed.problems);
    CHECK_FALSE(parsed.problems.empty());
    CHECK_FALSE(contains(parsed.problems, "hunter"));
    CHECK_FALSE(contains(parsed.problems, "8675"));
    CHECK_FALSE(contains(parsed.problems, "2020"));
    CHECK_FALSE(contains(parsed.problems, "'h"));
  }
}

TEST_CASE("bytes that no configuration holds are refused with their line") {
  CHECK(parse(std::string_view("a = 1\nb\0 = 2\n", 13)).problems ==
        "f.toml:2: holds a NUL byte; a configuration is UTF-8 text");
  CHECK(contains(parse("a = 1\n\n# \xff\n").problems, "f.toml:3: is not UTF-8"));
  CHECK(contains(parse(std::string_view("\xFF\xFE"
                                        "a\0=\0",
                                        6))
                     .problems,
                 "NUL"));
  CHECK_FALSE(parse("a = \"\x7f\"\n").problems.empty());
  CHECK_FALSE(parse("# \x1b[2J\n").problems.empty());
}

TEST_CASE("depth and size are bounded before anything is built") {
  const std::string deep = "a = " + repeated("[", 100'000);
  CHECK(contains(parse(deep).problems, "f.toml:1: nests too deep"));
  CHECK(contains(parse("a = " + repeated("{b=", 400'000 / 3)).problems, "nests too deep"));
  CHECK(contains(parse("x = 1\n[a" + repeated(".a", 500'000) + "]\n").problems, "f.toml:2: nests too deep"));
  CHECK(contains(parse("a" + repeated(".a", 33) + " = 1\n").problems, "nests too deep"));
  CHECK(contains(parse("a" + repeated(" . \"a\"", 33) + " = 1\n").problems, "nests too deep"));
  CHECK(contains(parse("a = {b" + repeated(".a", 33) + " = 1}\n").problems, "nests too deep"));
  CHECK(contains(parse("a = '''\n'''''\nb" + repeated(".a", 33) + " = 1\n").problems, "nests too deep"));
  CHECK(contains(parse("a = \"\\\"\"\nb" + repeated(".a", 33) + " = 1\n").problems, "nests too deep"));
  CHECK(contains(parse(std::string(max_toml_size + 1, ' ')).problems, "larger than 1MiB"));
}

TEST_CASE("letters beyond ASCII stand in quotes and comments only") {
  CHECK(parse("# gr\xc3\xbc\xc3\x9f\na = \"\xc3\xbc\" # \xc3\xbc\n\"k\xc3\xbc\" = '\xc3\xbc'\nb = \"\"\"\\\n  "
              "x\xc3\xbc\"\"\"\n")
            .problems.empty());
  struct Case {
    const char* text;
    const char* part;
  };
  // each of these makes toml++ 3.3 reach a place that it declares unreachable
  for (const Case& c :
       {Case{"\n[t\xd2\x93]\n", "f.toml:2: holds a letter beyond ASCII outside of quotes"},
        Case{"a = \xc2\xa7\n", "outside of quotes"}, Case{"a = 1 \xc2\xa7\n", "outside of quotes"},
        Case{"\xe2\x80\x80 = 1\n", "outside of quotes"}, Case{"a = \"x\"\xc2\xa7\n", "outside of quotes"},
        Case{"a = 1\"\xc2\xa7\"\n", "quote where no text can begin"},
        Case{"a = b'\xc2\xa7'\n", "quote where no text can begin"},
        Case{"a = \"\"\"\\\n\xc2\xa7\"\"\"\n", "backslash before a letter beyond ASCII"},
        Case{"a = \"\"\"\\ \r\n \xc2\xa7\"\"\"\n", "backslash before a letter beyond ASCII"},
        Case{"a = \"\"\"\\\xc2\xa7\"\"\"\n", "backslash before a letter beyond ASCII"}}) {
    CAPTURE(c.text);
    const auto parsed = parse(c.text);
    CHECK_MESSAGE(contains(parsed.problems, c.part), parsed.problems);
  }
}

TEST_CASE("dots and brackets in texts and comments do not count, up to the limits all is read") {
  const std::string many = repeated(".[{", 1000);
  CHECK(parse("# " + many + "\na = \"" + many + "\"\nb = '" + many + "'\nc = \"\"\"\n" + many + "\"\n" + many +
              "\"\"\"\"\"\nd = '''" + many + "\n'" + many + "'''\n")
            .problems.empty());
  CHECK(parse("a" + repeated(".a", 31) + " = 1\n").problems.empty());
  CHECK(parse("a = " + repeated("[", 32) + repeated("]", 32) + "\n").problems.empty());
  std::string wide;
  for (int i = 0; i < 20'000; ++i) wide += "[t" + std::to_string(i) + "]\na.b = 1\n";
  CHECK(parse(wide).entries.size() == 20'000);
  CHECK(parse(std::string(max_toml_size, '\n')).problems.empty());
}
