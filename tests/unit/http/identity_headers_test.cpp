// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "http_support.hpp"

using gatehouse::Identity;
using gatehouse::http::IdentityHeaders;
using namespace std::string_literals;
using Fields = std::vector<std::pair<std::string, std::string>>;

namespace {

Identity identity_of(std::string subject) {
  Identity identity;
  identity.subject = std::move(subject);
  return identity;
}

std::string user_value(const std::string& subject) {
  const auto made = IdentityHeaders().make(identity_of(subject));
  return made && made->size() == 1 ? made->front().second : "<none>";
}

std::string groups_value(std::vector<std::string> groups, std::vector<std::string> patterns = {"*"}) {
  IdentityHeaders::Names names;
  names.forward_groups = std::move(patterns);
  auto identity = identity_of("u");
  identity.groups = std::move(groups);
  const auto made = IdentityHeaders(names).make(identity);
  if (!made) return "<refused>";
  for (const auto& [name, value] : *made) {
    if (name == "Remote-Groups") return value;
  }
  return "<absent>";
}

/// The size as the limit counts it.
std::size_t size_of(const Fields& fields) {
  std::size_t size = 0;
  for (const auto& [name, value] : fields) size += name.size() + value.size() + 4;
  return size;
}

}  // namespace

TEST_CASE("an identity is told in four fields, and what is not known is not told (HS-07)") {
  auto identity = identity_of("alice");
  CHECK(*IdentityHeaders().make(identity) == Fields{{"Remote-User", "alice"}});
  identity.groups = {"writers", "readers"};
  identity.attributes = {{"mail", "other@example"},
                         {"email", "alice@example"},
                         {"email", "second@example"},
                         {"name", "Alice Liddell"},
                         {"Email", "third@example"}};
  CHECK(*IdentityHeaders().make(identity) == Fields{{"Remote-User", "alice"},
                                                    {"Remote-Groups", "writers,readers"},
                                                    {"Remote-Email", "alice@example"},
                                                    {"Remote-Name", "Alice Liddell"}});
  IdentityHeaders::Names names;
  names.user = "X-Who";
  names.groups = names.email = "";
  CHECK(*IdentityHeaders(names).make(identity) == Fields{{"X-Who", "alice"}, {"Remote-Name", "Alice Liddell"}});
  names.user = names.name = "";
  CHECK(IdentityHeaders(names).make(identity)->empty());
}

TEST_CASE("nobody is never told") {
  CHECK_FALSE(IdentityHeaders().make(Identity{}).has_value());
  IdentityHeaders::Names silent;
  silent.user = silent.groups = silent.email = silent.name = "";
  CHECK_FALSE(IdentityHeaders(silent).make(Identity{}).has_value());
}

TEST_CASE("values are encoded so that no byte can end, split or change them (HS-18, HS-19)") {
  struct Case {
    std::string value, encoded;
  };
  const std::vector<Case> cases = {
      {"alice", "alice"},
      {"alice@example.org", "alice@example.org"},
      {"CORP\\alice", "CORP\\alice"},
      {"Alice \"A\" O'Neil; x=y", "Alice \"A\" O'Neil; x=y"},
      {"100%", "100%25"},
      {"%41lice", "%2541lice"},
      {"Liddell, Alice", "Liddell%2C Alice"},
      {"a\r\nX-Remote-User: admin", "a%0D%0AX-Remote-User: admin"},
      {"a\0b"s, "a%00b"},
      {"a\tb\x1B[0m\x7F", "a%09b%1B[0m%7F"},
      {"m\xC3\xBCller", "m%C3%BCller"},
      {"\xD0\xB0"
       "dmin",
       "%D0%B0dmin"},
      {"\xE2\x80\xAE"
       "nimda",
       "%E2%80%AEnimda"},
      {"\xFF", "%FF"},
      {" alice", "%20alice"},
      {"alice ", "alice%20"},
      {" ", "%20"},
      {"  ", "%20%20"},
      {"a  b", "a  b"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.value);
    CHECK(user_value(c.value) == c.encoded);
    CHECK(groups_value({c.value}) == c.encoded);
    CHECK(groups_value({"x", c.value, "y"}) == "x," + c.encoded + ",y");
  }
}

TEST_CASE("only groups that match a pattern are told") {
  struct Case {
    const char* pattern;
    const char* group;
    bool told;
  };
  for (const Case c : std::initializer_list<Case>{{"*", "any", true},
                                                  {"mlflow-*", "mlflow-writers", true},
                                                  {"mlflow-*", "mlflow-", true},
                                                  {"mlflow-*", "mlflow", false},
                                                  {"mlflow-*", "xmlflow-writers", false},
                                                  {"*-writers", "mlflow-writers", true},
                                                  {"*-writers", "mlflow-writers2", false},
                                                  {"m*w*s", "mlflow-writers", true},
                                                  {"m*w*s", "mlflow-writer", false},
                                                  {"writers", "writers", true},
                                                  {"writers", "Writers", false},
                                                  {"writers", "writers ", false},
                                                  {"w?iters", "writers", false},
                                                  {"[w]riters", "writers", false},
                                                  {"**", "x", true},
                                                  {"a*a", "a", false},
                                                  {"a*a", "aa", true},
                                                  {"*,*", "a,b", true}}) {
    CAPTURE(c.pattern);
    CAPTURE(c.group);
    CHECK((groups_value({c.group}, {c.pattern}) != "<absent>") == c.told);
  }
  CHECK(groups_value({"a", "b", "c"}, {"c", "a"}) == "a,c");
  CHECK(groups_value({"a", "b"}, {}) == "<absent>");
  CHECK(groups_value({"a", "b"}, {"x"}) == "<absent>");
  CHECK(groups_value({"", "a", "", "b", ""}) == "a,b");
  CHECK(groups_value({}) == "<absent>");
}

TEST_CASE("a costly pattern stays cheap") {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "a*";
  pattern += "b";
  CHECK(groups_value({std::string(20'000, 'a')}, {pattern}) == "<absent>");
}

TEST_CASE("patterns are checked") {
  IdentityHeaders::Names names;
  names.forward_groups = {"a", ""};
  CHECK(test::contains(IdentityHeaders::check(names).error().message, "http.forward_groups"));
  names.forward_groups = {std::string(257, 'a')};
  CHECK_FALSE(IdentityHeaders::check(names).ok());
  names.forward_groups.assign(65, "a");
  CHECK_FALSE(IdentityHeaders::check(names).ok());
  names.forward_groups.assign(64, std::string(256, 'a'));
  CHECK(IdentityHeaders::check(names).ok());
}

TEST_CASE("over the limit nothing is told, never a part (HS-23)") {
  const auto with_subject = [](std::size_t size) {
    return IdentityHeaders().make(identity_of(std::string(size, 'u')));
  };
  const std::size_t most = IdentityHeaders::max_size - "Remote-User"s.size() - 4;
  REQUIRE(with_subject(most).has_value());
  CHECK(size_of(*with_subject(most)) == IdentityHeaders::max_size);
  CHECK_FALSE(with_subject(most + 1).has_value());
  CHECK_FALSE(with_subject(1 << 20).has_value());

  CHECK(groups_value(std::vector<std::string>(6000, "group-name")) == "<refused>");  // 64 KiB
  CHECK(groups_value(std::vector<std::string>(6000, "group-name"), {"other"}) == "<absent>");
  CHECK(groups_value({std::string(3000, '%')}) == "<refused>");
  CHECK(groups_value({std::string(2000, '%')}).size() == 6000);

  // Just under and just over, with all four.
  for (std::size_t size = 2000; size < 2100; ++size) {
    auto identity = identity_of(std::string(size, 's'));
    identity.groups = {std::string(size, 'g')};
    identity.attributes = {{"email", std::string(size, 'e')}, {"name", std::string(size, 'n')}};
    const std::size_t whole = 4 * size + "Remote-UserRemote-GroupsRemote-EmailRemote-Name"s.size() + 16;
    const auto made = IdentityHeaders().make(identity);
    CHECK(made.has_value() == (whole <= IdentityHeaders::max_size));
    if (made) CHECK(made->size() == 4);
  }
}
