// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <utility>

#include "config_support.hpp"

using namespace config_test;

namespace {

std::vector<OptionSpec> specs() {
  return {{.name = "file", .type = OptionType::path, .required = true},
          {.name = "title", .type = OptionType::text},
          {.name = "mode", .type = OptionType::text, .default_value = "soft", .choices = "soft|hard"},
          {.name = "hosts", .type = OptionType::text_list, .default_value = "one,two"},
          {.name = "colours", .type = OptionType::text_list, .choices = "red|blue"},
          {.name = "allow_plain", .type = OptionType::boolean, .default_value = "false"},
          {.name = "count", .type = OptionType::integer, .default_value = "10", .minimum = 1, .maximum = 100},
          {.name = "any", .type = OptionType::integer},
          {.name = "wait", .type = OptionType::duration, .default_value = "5s", .minimum = 100, .maximum = 60000},
          {.name = "room", .type = OptionType::size, .default_value = "64KiB", .minimum = 1024, .maximum = 1 << 20},
          {.name = "password", .type = OptionType::text, .secret = true}};
}

using Value = decltype(RawValue::value);

struct Checked {
  OptionValues values;
  std::string problems;
};

Checked check(const std::vector<OptionSpec>& described, const std::vector<std::pair<std::string, Value>>& given,
              const std::string& directory = "/conf", bool from_uri = false) {
  RawTable raw;
  for (const auto& [name, value] : given) raw.emplace_back(name, RawValue{value, {"f.toml", 4, "b." + name}, from_uri});
  Problems problems;
  const Location owner{from_uri ? "scheme" : "f.toml", from_uri ? 0U : 2U, from_uri ? "" : "b"};
  OptionValues values = check_options(described, raw, owner, directory, problems);
  return {std::move(values), problems.empty() ? std::string() : problems.to_error().message};
}

Checked check_one(const std::string& name, Value value, bool from_uri = false) {
  return check(specs(), {{"file", std::string("/f")}, {name, std::move(value)}}, "/conf", from_uri);
}

std::string text(const char* value) {
  return value;
}

}  // namespace

TEST_CASE("defaults fill what is not given") {
  const auto checked = check(specs(), {{"file", text("users")}});
  CHECK(checked.problems.empty());
  const OptionValues& values = checked.values;
  CHECK(values.text("file") == "/conf/users");
  CHECK(values.given("file"));
  CHECK(values.text("mode") == "soft");
  CHECK_FALSE(values.given("mode"));
  CHECK(values.list("hosts") == std::vector<std::string>{"one", "two"});
  CHECK(values.has("allow_plain"));
  CHECK_FALSE(values.flag("allow_plain"));
  CHECK(values.integer("count") == 10);
  CHECK(values.duration("wait") == std::chrono::seconds(5));
  CHECK(values.integer("room") == 65536);
  CHECK_FALSE(values.has("title"));
  CHECK_FALSE(values.has("password"));
  CHECK(values.values().size() == specs().size());
}

TEST_CASE("every type takes its own form") {
  const auto checked = check(specs(), {{"file", text("/a/b")},
                                       {"title", text("T")},
                                       {"mode", text("hard")},
                                       {"hosts", std::vector<std::string>{"x"}},
                                       {"colours", text("red")},
                                       {"allow_plain", true},
                                       {"count", std::int64_t{100}},
                                       {"wait", text("100ms")},
                                       {"room", std::int64_t{2048}}});
  CHECK(checked.problems.empty());
  CHECK(checked.values.text("file") == "/a/b");
  CHECK(checked.values.list("hosts") == std::vector<std::string>{"x"});
  CHECK(checked.values.list("colours") == std::vector<std::string>{"red"});
  CHECK(checked.values.flag("allow_plain"));
  CHECK(checked.values.integer("count") == 100);
  CHECK(checked.values.duration("wait") == std::chrono::milliseconds(100));
  CHECK(checked.values.integer("room") == 2048);
}

TEST_CASE("values of a file that are refused") {
  struct Case {
    const char* name;
    Value value;
    const char* part;
  };
  const std::vector<std::string> two{"a", "b"};
  const std::vector<std::string> hole{"a", ""};
  const Case cases[] = {
      {"title", std::int64_t{5}, "must be a text in quotes"},
      {"title", true, "must be a text in quotes"},
      {"title", std::monostate(), "must be a text in quotes"},
      {"title", two, "must be a text in quotes"},
      {"title", text(""), "empty"},
      {"title", text("a\nb"), "control character"},
      {"title", std::string("a\0b", 3), "control character"},
      {"title", text("\xff"), "UTF-8"},
      {"mode", text("Soft"), "\"Soft\" is not one of: soft, hard"},
      {"mode", text("soft|hard"), "is not one of"},
      {"hosts", std::int64_t{5}, "must be a list of texts"},
      {"hosts", std::monostate(), "must be a list of texts"},
      {"hosts", hole, "empty"},
      {"colours", two, "is not one of: red, blue"},
      {"allow_plain", text("true"), "must be true or false, without quotes"},
      {"allow_plain", text("on"), "must be true or false"},
      {"allow_plain", text("yes"), "must be true or false"},
      {"allow_plain", std::int64_t{1}, "must be true or false"},
      {"count", text("5"), "must be a whole number without quotes"},
      {"count", true, "must be a whole number"},
      {"count", std::monostate(), "must be a whole number"},
      {"count", std::int64_t{0}, "must be at least 1"},
      {"count", std::int64_t{-1}, "must be at least 1"},
      {"count", std::int64_t{101}, "must be at most 100"},
      {"any", std::int64_t{-1}, "must be at least 0"},
      {"wait", std::int64_t{5}, "has no unit; write \"5s\""},
      {"wait", std::int64_t{-5}, "has no unit"},
      {"wait", text("5"), "has no unit"},
      {"wait", text("300x"), "is not a duration"},
      {"wait", text("99ms"), "must be at least 100ms"},
      {"wait", text("2m"), "must be at most 1m"},
      {"wait", text("-1s"), "must be at least 100ms"},
      {"wait", text("99999999999999999999s"), "out of range"},
      {"wait", true, "must be a duration in quotes"},
      {"room", text("64KB"), "is not a size"},
      {"room", std::int64_t{1023}, "must be at least 1KiB"},
      {"room", text("2MiB"), "must be at most 1MiB"},
      {"room", std::int64_t{-1}, "must be at least"},
      {"room", std::monostate(), "must be a size"},
      {"file", text("~/users"), "is not expanded"},
      {"file", text(""), "empty"},
      {"file", text("/a\nb"), "control character"},
      {"file", std::int64_t{1}, "must be a path in quotes"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CAPTURE(c.part);
    const bool is_file = std::string_view(c.name) == "file";
    const auto checked = is_file ? check(specs(), {{"file", c.value}}) : check_one(c.name, c.value);
    CHECK(checked.problems.starts_with("f.toml:4: b." + std::string(c.name) + ": "));
    CAPTURE(checked.problems);
    CHECK(contains(checked.problems, c.part));
    CHECK_FALSE(contains(checked.problems, "\n"));
  }
}

TEST_CASE("values of a URI are texts, converted by the option's type") {
  const auto checked = check(specs(),
                             {{"file", text("///f")},
                              {"hosts", text("a,b")},
                              {"colours", std::vector<std::string>{"red", "blue"}},
                              {"allow_plain", text("true")},
                              {"count", text("7")},
                              {"wait", text("10s")},
                              {"room", text("1MiB")}},
                             "", true);
  CHECK(checked.problems.empty());
  CHECK(checked.values.text("file") == "/f");
  CHECK(checked.values.list("hosts") == std::vector<std::string>{"a,b"});
  CHECK(checked.values.list("colours").size() == 2);
  CHECK(checked.values.flag("allow_plain"));
  CHECK(checked.values.integer("count") == 7);
  CHECK(checked.values.integer("room") == 1 << 20);

  struct Case {
    const char* name;
    Value value;
    const char* part;
  };
  const std::vector<std::string> twice{"true", "true"};
  for (const Case& c :
       {Case{"allow_plain", text("on"), "neither true nor false"}, Case{"allow_plain", text("1"), "neither true"},
        Case{"allow_plain", twice, "more than once"}, Case{"title", twice, "more than once"},
        Case{"count", twice, "more than once"}, Case{"wait", twice, "more than once"},
        Case{"count", text("7x"), "not a whole number"}, Case{"count", text("1e1"), "not a whole number"},
        Case{"count", text("99999999999999999999"), "out of range"}, Case{"title", text(""), "is empty"},
        Case{"wait", text("10"), "has no unit"}}) {
    CAPTURE(c.name);
    CAPTURE(c.part);
    const auto refused = check_one(c.name, c.value, true);
    CAPTURE(refused.problems);
    CHECK(contains(refused.problems, c.part));
  }
  CHECK(contains(check(specs(), {{"file", text("//host/f")}}, "", true).problems, "names a host"));
  CHECK(contains(check(specs(), {}, "", true).problems, "scheme: file: is missing; add \"file=...\" to the URI"));
}

TEST_CASE("unknown names are refused, with the one that was meant") {
  CHECK(contains(check_one("tittle", text("x")).problems,
                 "f.toml:4: b.tittle: is not known here; did you mean \"title\"?"));
  CHECK(contains(check_one("", text("x")).problems, "is not known here"));
  CHECK(contains(check_one("file_file", text("x")).problems, "is not known here"));
  Problems problems;
  const RawTable raw{{"on_unavailabel", RawValue{text("next"), {"f", 1, "k"}, false}}};
  (void)check_options({}, raw, {"f", 1, ""}, "", problems, backend_key_names());
  CHECK(contains(problems.to_error().message, "did you mean \"on_unavailable\"?"));
}

TEST_CASE("a name that stands twice, and one that is missing, are refused") {
  CHECK(contains(check(specs(), {{"file", text("/a")}, {"file", text("/b")}}).problems, "stands twice"));
  CHECK(check(specs(), {}).problems == "f.toml:2: b.file: is missing; add the line: file = \"/path/of/a/file\"");
  const std::vector<OptionSpec> required_list{{.name = "l", .type = OptionType::text_list, .required = true}};
  CHECK(contains(check(required_list, {{"l", std::vector<std::string>{}}}).problems, "name at least one"));
}

TEST_CASE("all problems of a table are reported together") {
  const auto checked =
      check(specs(), {{"tittle", text("x")}, {"count", std::int64_t{0}}, {"allow_plain", std::int64_t{1}}});
  std::size_t lines = 1;
  for (const char c : checked.problems) lines += c == '\n' ? 1 : 0;
  CHECK(lines == 4);  // the missing file too
}

TEST_CASE("a range without an upper end, and a range that ends at 0") {
  const std::vector<OptionSpec> described{{.name = "up", .type = OptionType::integer, .minimum = 5},
                                          {.name = "down", .type = OptionType::integer, .minimum = -5, .maximum = 0}};
  CHECK(check(described, {{"up", std::int64_t{1} << 60}, {"down", std::int64_t{-5}}}).problems.empty());
  CHECK(contains(check(described, {{"up", std::int64_t{4}}}).problems, "at least 5"));
  CHECK(contains(check(described, {{"down", std::int64_t{1}}}).problems, "at most 0"));
  CHECK(contains(check(described, {{"down", std::int64_t{-6}}}).problems, "at least -5"));
}

TEST_CASE("paths become absolute, or are refused where nothing says relative to what") {
  CHECK(check(specs(), {{"file", text("./a/../b")}}, "/conf").values.text("file") == "/conf/a/../b");
  CHECK(check(specs(), {{"file", text("u")}}, "/").values.text("file") == "/u");
  const auto checked = check(specs(), {{"file", text("users")}}, "");
  CHECK(contains(checked.problems, "\"users\" is a relative path; write /"));
  CHECK(contains(checked.problems, "/users"));
  CHECK(contains(check(specs(), {{"file", '/' + std::string(5000, 'x')}}).problems, "longer than a path"));
}

TEST_CASE("a default that breaks its own rules is a problem, not a value") {
  const std::vector<OptionSpec> described{{.name = "n", .type = OptionType::integer, .default_value = "x"}};
  CHECK(contains(check(described, {}).problems, "not a whole number"));
}

TEST_CASE("secrets come from files, and are in no message") {
  const Folder folder;
  folder.write("pw", "hunter2\n");
  const auto checked = check(specs(), {{"file", text("/f")}, {"password_file", text("pw")}}, folder.path());
  CHECK(checked.problems.empty());
  CHECK(checked.values.text("password") == "hunter2");
  CHECK(checked.values.given("password"));

  struct Case {
    const char* name;
    Value value;
    const char* part;
  };
  const std::vector<std::string> list{"hunter2"};
  for (const Case& c :
       {Case{"password", text("hunter2"), "password_file"}, Case{"password", list, "is a secret"},
        Case{"password_file", text("hunter2"), "does not name a file"},
        Case{"password_file", text("hunter2/x"), "does not name a file"},
        Case{"password_file", text("~hunter2"), "does not name a file"},
        Case{"password_file", text("hunter2\n"), "does not name a file"}, Case{"password_file", text(""), "empty"},
        Case{"password_file", list, "must be a path in quotes"}, Case{"passwort", text("hunter2"), "did you mean"}}) {
    for (const std::string& directory : {folder.path(), std::string()}) {
      CAPTURE(c.name);
      CAPTURE(c.part);
      const auto refused = check(specs(), {{"file", text("/f")}, {c.name, c.value}}, directory);
      CAPTURE(refused.problems);
      CHECK_FALSE(refused.problems.empty());
      CHECK_FALSE(contains(refused.problems, "hunter2"));
      CHECK(refused.values.text("password").empty());
      if (!directory.empty()) CHECK(contains(refused.problems, c.part));
    }
  }
  CHECK(contains(check_one("password", text("hunter2"), true).problems, "is a secret"));
}

TEST_CASE("a required secret that is missing is named by its file's key") {
  const std::vector<OptionSpec> described{{.name = "key", .required = true, .secret = true, .default_value = "x"}};
  CHECK(contains(check(described, {}).problems, "b.key_file: is missing; add the line: key_file = "));
}
