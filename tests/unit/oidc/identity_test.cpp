// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <claim_path.hpp>
#include <identity.hpp>

using namespace gatehouse::oidc;
using namespace std::string_literals;

namespace {

struct Read {
  explicit Read(std::string_view text, IdentityRules rules = {}) {
    const auto document = json::parse_object(text, {});
    REQUIRE(document);
    auto made = identity_of(document->root(), rules);
    ok = static_cast<bool>(made);
    if (ok) identity = *made;
  }
  bool ok = false;
  gatehouse::plugin::Identity identity;
};

using Groups = std::vector<std::string>;

Groups groups_of(std::string_view text, std::vector<std::string> paths) {
  return Read(text, {.group_claims = std::move(paths)}).identity.groups;
}

}  // namespace

TEST_CASE("JC-20, JC-23: a subject is one plain text") {
  CHECK(Read(R"({"sub":"alice"})").identity.subject == "alice");
  CHECK(Read(R"({"sub":"\u00e9\u00a0"})").ok);
  for (const std::string& text :
       {R"({})"s, R"({"sub":""})"s, R"({"sub":1})"s, R"({"sub":null})"s, R"({"sub":["alice"]})"s,
        R"({"sub":{"a":"b"}})"s, R"({"sub":"a\nb"})"s, R"({"sub":"a\r\nRemote-User: root"})"s, R"({"sub":"a\u007f"})"s,
        R"({"sub":"a\u0085"})"s, R"({"sub":")" + std::string(513, 'a') + "\"}"}) {
    CAPTURE(text);
    CHECK_FALSE(Read(text).ok);
  }
}

TEST_CASE("JC-22, JC-24: an address counts only when it is verified") {
  const IdentityRules rules{.subject_claim = "email"};
  CHECK(Read(R"({"email":"a@b.example","email_verified":true})", rules).identity.subject == "a@b.example");
  for (const std::string_view more : {"", R"(,"email_verified":false)", R"(,"email_verified":"true")",
                                      R"(,"email_verified":1)", R"(,"email_verified":null)"}) {
    const std::string text = R"({"email":"a@b.example")" + std::string(more) + "}";
    CHECK_FALSE(Read(text, rules).ok);
    CHECK(Read(text, {.subject_claim = "email", .unverified_email = true}).ok);
  }
  for (const std::string_view email : {"a", "@b", "a@", "evil@evil.example@b.example"}) {
    CHECK_FALSE(Read(R"({"email":")" + std::string(email) + R"(","email_verified":true})", rules).ok);
  }
}

TEST_CASE("a text is one group, also with spaces in it; only scopes are words") {
  CHECK(groups_of(R"({"sub":"a","groups":"writers trainees"})", {"groups"}) == Groups{"writers trainees"});
  CHECK(groups_of(R"({"sub":"a","roles":{"scope":"x y"}})", {"roles.scope"}) == Groups{"x y"});
  CHECK(groups_of(R"({"sub":"a","scp":"x y"})", {"scp"}) == Groups{"x", "y"});
  CHECK(groups_of(R"({"sub":"a","scp":["x y","z"]})", {"scp"}) == Groups{"x y", "z"});
}

TEST_CASE("groups from any claim") {
  CHECK(groups_of(R"({"sub":"a","groups":["x","y z"]})", {"groups"}) == Groups{"x", "y z"});
  CHECK(groups_of(R"({"sub":"a","scope":"x  y "})", {"scope"}) == Groups{"x", "y"});
  CHECK(groups_of(R"({"sub":"a","realm_access":{"roles":["x"]}})", {"realm_access.roles"}) == Groups{"x"});
  CHECK(groups_of(R"({"sub":"a","resource_access":{"my.app":{"roles":["x"]}}})", {"resource_access.my.app.roles"}) ==
        Groups{"x"});
  CHECK(groups_of(R"({"sub":"a","https://example.com/roles":["x"]})", {"https://example.com/roles"}) == Groups{"x"});
  CHECK(groups_of(R"({"sub":"a","a":["x"],"b":["y","x"]})", {"a", "b", "none"}) == Groups{"x", "y"});
}

TEST_CASE("what is no group is none") {
  for (const std::string_view value :
       {"null", "1", "true", "{}", R"([1,null,{"a":"b"},["x"]])", R"("")", R"(["","a\nb"])"}) {
    CAPTURE(value);
    CHECK(groups_of(R"({"sub":"a","groups":)" + std::string(value) + "}", {"groups"}).empty());
  }
  std::string many = R"({"sub":"a","groups":["0")";
  for (int i = 1; i <= 1000; ++i) many += ",\"" + std::to_string(i) + '"';
  CHECK_FALSE(Read(many + "]}", {.group_claims = {"groups"}}).ok);
}

TEST_CASE("attributes; an address that is said to be unverified is not passed on") {
  const IdentityRules rules{.attributes = {{"email", "email"}, {"name", "profile.name"}}};
  const auto all = Read(R"({"sub":"a","email":"a@b","profile":{"name":"A"}})", rules).identity.attributes;
  CHECK(all == std::vector<std::pair<std::string, std::string>>{{"email", "a@b"}, {"name", "A"}});
  CHECK(Read(R"({"sub":"a","email":"a@b","email_verified":false})", rules).identity.attributes.empty());
  CHECK(Read(R"({"sub":"a","email":["a@b"],"profile":{"name":"a\nb"}})", rules).identity.attributes.empty());
}

TEST_CASE("a path of many dots ends") {
  std::string path;
  for (int i = 0; i < 128; ++i) path += i == 0 ? "a" : ".a";
  std::string text = "1";
  for (int i = 0; i < 14; ++i) text = R"({"a":)" + text + R"(,"a.a":)" + "1" + "}";
  const auto document = json::parse_object(text, {.depth = 16});
  REQUIRE(document);
  CHECK_FALSE(find_claim(document->root(), path).present());
}
