// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <utility>

#include <gatehouse/option.hpp>

using namespace gatehouse;

namespace {

OptionValues sample() {
  std::vector<OptionSpec> specs{
      {.name = "file", .type = OptionType::path},     {.name = "list", .type = OptionType::text_list},
      {.name = "flag", .type = OptionType::boolean},  {.name = "count", .type = OptionType::integer},
      {.name = "wait", .type = OptionType::duration}, {.name = "room", .type = OptionType::size},
      {.name = "absent", .type = OptionType::text},   {.name = "key", .type = OptionType::text, .secret = true}};
  std::vector<OptionValue> values(specs.size());
  for (std::size_t i = 0; i < specs.size(); ++i) {
    values[i].type = specs[i].type;
    values[i].present = specs[i].name != "absent";
  }
  values[0].text = "/f";
  values[0].given = true;
  values[1].list = {"a", "b"};
  values[2].number = 1;
  values[3].number = 7;
  values[4].number = 5000;
  values[5].number = 65536;
  values[7].text = "a secret that is longer than a short string";
  return OptionValues(std::move(specs), std::move(values));
}

}  // namespace

TEST_CASE("values are read by name") {
  const OptionValues values = sample();
  CHECK(values.text("file") == "/f");
  CHECK(values.given("file"));
  CHECK(values.list("list") == std::vector<std::string>{"a", "b"});
  CHECK(values.has("list"));
  CHECK_FALSE(values.given("list"));
  CHECK(values.flag("flag"));
  CHECK(values.integer("count") == 7);
  CHECK(values.duration("wait") == std::chrono::seconds(5));
  CHECK(values.integer("room") == 65536);
  CHECK_FALSE(values.has("absent"));
  CHECK(values.specs().size() == values.values().size());
}

TEST_CASE("a name that is not there, or of another type, gives the zero value") {
  const OptionValues values = sample();
  CHECK_FALSE(values.has("nobody"));
  CHECK(values.text("nobody").empty());
  CHECK(values.list("nobody").empty());
  CHECK_FALSE(values.flag("nobody"));
  CHECK_FALSE(values.flag("count"));
  CHECK(values.integer("flag") == 0);
  CHECK(values.integer("wait") == 0);
  CHECK(values.duration("count") == std::chrono::milliseconds(0));
  CHECK(OptionValues().text("file").empty());
}

TEST_CASE("fewer values than options are absent ones") {
  const OptionValues values({{.name = "a"}, {.name = "b"}}, {});
  CHECK_FALSE(values.has("b"));
  CHECK(values.values().size() == 2);
}

TEST_CASE("copies and moves keep what they hold") {
  OptionValues first = sample();
  OptionValues copy = first;
  OptionValues moved = std::move(first);
  OptionValues assigned;
  assigned = copy;
  CHECK(copy.text("key") == "a secret that is longer than a short string");
  CHECK(moved.text("key") == copy.text("key"));
  CHECK(assigned.text("key") == copy.text("key"));
  assigned = std::move(moved);
  CHECK(assigned.integer("count") == 7);
}
