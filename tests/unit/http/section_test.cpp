// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <map>

#include "http_support.hpp"

using gatehouse::OptionType;
using gatehouse::OptionValue;
using gatehouse::OptionValues;
using gatehouse::http::section;
using gatehouse::http::settings;

namespace {

/// The section as a configuration gives it: what is written, and the defaults for the rest.
OptionValues written(const std::map<std::string, std::string>& texts,
                     const std::map<std::string, std::vector<std::string>>& lists = {}) {
  const auto specs = section().options;
  std::vector<OptionValue> values;
  for (const auto& spec : specs) {
    OptionValue value;
    value.type = spec.type;
    const auto text = texts.find(spec.name);
    const auto list = lists.find(spec.name);
    value.given = text != texts.end() || list != lists.end();
    value.present = value.given || !spec.default_value.empty();
    const auto& said = text != texts.end() ? text->second : spec.default_value;
    if (spec.type == OptionType::text) value.text = said;
    if (spec.type == OptionType::boolean) value.number = said == "true" ? 1 : 0;
    if (spec.type == OptionType::text_list) {
      value.list = list != lists.end() ? list->second : std::vector<std::string>{said};
    }
    values.push_back(value);
  }
  return OptionValues(specs, values);
}

}  // namespace

TEST_CASE("the section describes itself") {
  const auto spec = section();
  CHECK(spec.name == "http");
  for (const auto& option : spec.options) {
    CHECK_FALSE(option.help.empty());
    CHECK_FALSE(option.required);
    CHECK_FALSE(option.default_value.empty());
  }
}

TEST_CASE("a silent section gives the usual") {
  for (const auto& values : {written({}), OptionValues()}) {
    const auto read = settings(values);
    REQUIRE(read.ok());
    CHECK((*read).identity.names().user == "Remote-User");
    CHECK((*read).identity.names().groups == "Remote-Groups");
    CHECK((*read).identity.names().email == "Remote-Email");
    CHECK((*read).identity.names().name == "Remote-Name");
    CHECK((*read).identity.names().forward_groups == std::vector<std::string>{"*"});
    CHECK_FALSE((*read).forward_authorization);
  }
}

TEST_CASE("what is written counts") {
  const auto read =
      settings(written({{"user_header", "X-User"}, {"email_header", "none"}, {"forward_authorization", "true"}},
                       {{"forward_groups", {"mlflow-*", "admins"}}}));
  REQUIRE(read.ok());
  const auto& names = (*read).identity.names();
  CHECK(names.user == "X-User");
  CHECK(names.email.empty());
  CHECK(names.name == "Remote-Name");
  CHECK(names.forward_groups == std::vector<std::string>{"mlflow-*", "admins"});
  CHECK((*read).forward_authorization);
  CHECK((*read).identity.is_protected("x_user"));

  const auto none = settings(written({}, {{"forward_groups", {}}}));
  REQUIRE(none.ok());
  CHECK((*none).identity.names().forward_groups.empty());
}

TEST_CASE("a name that cannot carry an identity is an error with its key") {
  for (const auto* key : {"user_header", "groups_header", "email_header", "name_header"}) {
    for (const auto* name : {"Host", "Content-Length", "Authorization", "Connection", "Cookie", "a b", "a\r\nb: c"}) {
      const auto read = settings(written({{key, name}}));
      REQUIRE_FALSE(read.ok());
      CHECK(read.error().message.starts_with("http." + std::string(key) + ": "));
      CHECK_FALSE(test::contains(read.error().message, "\r"));
    }
  }
  CHECK_FALSE(settings(written({{"user_header", "Remote-Name"}})).ok());
  CHECK_FALSE(settings(written({}, {{"forward_groups", {""}}})).ok());
}
