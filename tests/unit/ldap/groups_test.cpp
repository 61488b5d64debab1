// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <dn.hpp>
#include <functional>
#include <groups.hpp>
#include <map>
#include <string>
#include <vector>

using namespace gatehouse::ldap;

namespace {

/// Answers each search with what the test's function makes of it.
class Script final : public Directory {
 public:
  explicit Script(std::function<SearchReply(const SearchRequest&)> answer) : answer_(std::move(answer)) {}
  SearchReply search(const SearchRequest& request) override {
    asked.push_back(request);
    return answer_(request);
  }
  std::vector<SearchRequest> asked;

 private:
  std::function<SearchReply(const SearchRequest&)> answer_;
};

SearchReply found(const std::vector<std::string>& dns) {
  SearchReply reply;
  reply.status = SearchStatus::done;
  for (const std::string& dn : dns) reply.entries.push_back({dn, {}});
  return reply;
}

SearchReply failed(SearchStatus status) {
  SearchReply reply;
  reply.status = status;
  reply.detail = "why";
  return reply;
}

GroupRules rules_of_openldap() {
  GroupRules rules;
  rules.member_of_attribute = "memberOf";
  rules.attributes = {"member", "memberUid"};
  rules.name_attribute = "cn";
  return rules;
}

const Entry alice{"uid=alice,ou=p", {{"memberof", {"cn=b,ou=g,dc=x", "CN=A,OU=g,dc=x", "cn=a, ou=G, dc=x", "broken"}}}};

bool asks_for(const SearchRequest& request, const std::string& part) {
  return request.filter.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("memberOf alone needs no search; one group in two spellings is one") {
  Script none([](const SearchRequest&) { return failed(SearchStatus::refused); });
  const Groups groups = find_groups(rules_of_openldap(), alice, "alice", none);
  CHECK(groups.status == SearchStatus::done);
  CHECK(groups.names == std::vector<std::string>{"A", "b"});
  CHECK(none.asked.empty());
}

TEST_CASE("memberOf counts only below group_base") {
  GroupRules rules = rules_of_openldap();
  rules.base = "ou=other,dc=x";
  rules.base_key = *dn_key(rules.base);
  Script search([](const SearchRequest&) { return found({"cn=o,ou=other,dc=x"}); });
  const Groups groups = find_groups(rules, alice, "ali*ce", search);
  CHECK(groups.names == std::vector<std::string>{"o"});
  REQUIRE(search.asked.size() == 1);
  CHECK(asks_for(search.asked[0], "(member=uid=alice,ou=p)"));
  CHECK(asks_for(search.asked[0], "(memberUid=ali\\2ace)"));
  CHECK(search.asked[0].in_pages);
}

TEST_CASE("memberOf counts only directly below the parents") {
  GroupRules rules = rules_of_openldap();
  rules.parents_key = *dn_key("cn=groups,cn=accounts");
  const Entry user{
      "uid=a",
      {{"memberof",
        {"cn=a,cn=groups,cn=accounts,dc=x", "CN=b, CN=Groups,CN=Accounts", "cn=c\\,x,cn=groups,cn=accounts,dc=x",
         "cn=d,cn=e,cn=groups,cn=accounts,dc=x", "cn=f\\,cn\\=groups,cn=accounts,dc=x", "cn=groups,cn=accounts,dc=x",
         "cn=g,cn=groups,cn=accountss,dc=x", "cn=h,cn=roles,cn=accounts,dc=x"}}}};
  Script none([](const SearchRequest&) { return failed(SearchStatus::refused); });
  CHECK(find_groups(rules, user, "a", none).names == std::vector<std::string>{"a", "b", "c,x"});
}

TEST_CASE("a name that is not in the group's own name is looked up") {
  GroupRules rules = rules_of_openldap();
  rules.name_attribute = "displayName";
  Script lookup([](const SearchRequest& request) {
    SearchReply reply = found({request.base});
    reply.entries[0].attributes["displayname"] = {"The " + request.base.substr(3, 1)};
    return reply;
  });
  CHECK(find_groups(rules, alice, "alice", lookup).names == std::vector<std::string>{"The A", "The b"});
  Script gone([](const SearchRequest&) { return failed(SearchStatus::no_base); });
  CHECK(find_groups(rules, alice, "alice", gone).names.empty());
  Script down([](const SearchRequest&) { return failed(SearchStatus::lost); });
  CHECK(find_groups(rules, alice, "alice", down).status == SearchStatus::lost);
  rules.name_attribute = "dn";
  CHECK(find_groups(rules, alice, "alice", gone).names == std::vector<std::string>{"CN=A,OU=g,dc=x", "cn=b,ou=g,dc=x"});
}

TEST_CASE("a walk follows groups of groups, and ends where they go in a circle") {
  GroupRules rules = rules_of_openldap();
  rules.base = "dc=x";
  rules.base_key = "dc=x";
  rules.nesting = Nesting::walk;
  // g1 is in g2, that in g3, that in g1.
  Script circle([](const SearchRequest& request) {
    if (asks_for(request, "(member=uid=alice")) return found({"cn=g1,dc=x"});
    if (asks_for(request, "(member=cn=g1,dc=x)")) return found({"cn=g2,dc=x"});
    if (asks_for(request, "(member=cn=g2,dc=x)")) return found({"CN=G3,dc=x"});
    return found({"cn=g1, dc=x"});
  });
  const Groups groups = find_groups(rules, {"uid=alice,dc=x", {}}, "alice", circle);
  CHECK(groups.names == std::vector<std::string>{"G3", "g1", "g2"});
  CHECK(circle.asked.size() == 4);
  CHECK_FALSE(groups.deeper);

  rules.deepest = 1;
  const Groups shallow = find_groups(rules, {"uid=alice,dc=x", {}}, "alice", circle);
  CHECK(shallow.names == std::vector<std::string>{"g1", "g2"});
  CHECK(shallow.deeper);
}

TEST_CASE("fifty deep costs no more than the limit") {
  GroupRules rules = rules_of_openldap();
  rules.base = "dc=x";
  rules.base_key = "dc=x";
  rules.nesting = Nesting::walk;
  int next = 0;
  Script deep([&](const SearchRequest&) { return found({"cn=g" + std::to_string(next++) + ",dc=x"}); });
  const Groups groups = find_groups(rules, {"uid=alice,dc=x", {}}, "alice", deep);
  CHECK(groups.deeper);
  CHECK(deep.asked.size() == 1 + rules.deepest);
}

TEST_CASE("in one search with Active Directory's rule") {
  GroupRules rules = rules_of_openldap();
  rules.base = "dc=x";
  rules.attributes = {"member"};
  rules.nesting = Nesting::in_chain;
  Script search([](const SearchRequest&) { return found({"cn=all,dc=x"}); });
  CHECK(find_groups(rules, {"cn=a(b,dc=x", {}}, "a", search).names == std::vector<std::string>{"all"});
  REQUIRE(search.asked.size() == 1);
  CHECK(search.asked[0].filter == "(member:1.2.840.113556.1.4.1941:=cn=a\\28b,dc=x)");
}

TEST_CASE("more groups than allowed are not known, rather than known in part") {
  GroupRules rules = rules_of_openldap();
  rules.most = 1;
  Script none([](const SearchRequest&) { return found({}); });
  CHECK(find_groups(rules, alice, "alice", none).status == SearchStatus::too_many);
  rules.base = "dc=x";
  rules.base_key = "dc=x";
  Script many([](const SearchRequest&) { return failed(SearchStatus::too_many); });
  CHECK(find_groups(rules, {"uid=a,dc=x", {}}, "a", many).status == SearchStatus::too_many);
}

TEST_CASE("long lists of Active Directory come in parts") {
  GroupRules rules = rules_of_openldap();
  const auto dn = [](int i) { return "cn=g" + std::to_string(i) + ",dc=x"; };
  Entry user{"cn=alice,dc=x", {{"memberof", {}}, {"memberof;range=0-1", {dn(0), dn(1)}}}};
  Script parts([&](const SearchRequest& request) {
    SearchReply reply = found({request.base});
    CHECK(request.base == "cn=alice,dc=x");
    if (request.attributes[0] == "memberOf;range=2-*") {
      reply.entries[0].attributes["memberof;range=2-3"] = {dn(2), dn(3)};
    } else {
      CHECK(request.attributes[0] == "memberOf;range=4-*");
      reply.entries[0].attributes["memberof;range=4-*"] = {dn(4)};
    }
    return reply;
  });
  CHECK(find_groups(rules, user, "alice", parts).names.size() == 5);
  CHECK(parts.asked.size() == 2);
  // A server that never comes to an end.
  rules.most = 50;
  Script endless([&](const SearchRequest& request) {
    SearchReply reply = found({request.base});
    reply.entries[0].attributes["memberof;range=7-8"] = {dn(static_cast<int>(endless.asked.size())), dn(1)};
    return reply;
  });
  CHECK(find_groups(rules, user, "alice", endless).status == SearchStatus::done);
  CHECK(endless.asked.size() < 60);
}

TEST_CASE("names that cannot be shown are left out") {
  Script none([](const SearchRequest&) { return found({}); });
  const Entry odd{"uid=a,dc=x", {{"memberof", {"cn=a\\0ab,dc=x", "cn=\\ff,dc=x", "cn=good,dc=x"}}}};
  CHECK(find_groups(rules_of_openldap(), odd, "a", none).names == std::vector<std::string>{"good"});
}

TEST_CASE("required groups, by name or by distinguished name") {
  Script none([](const SearchRequest&) { return found({}); });
  const Groups groups = find_groups(rules_of_openldap(), alice, "alice", none);
  CHECK(is_in_any(groups, {}));
  CHECK(is_in_any(groups, {{"x", ""}, {"b", ""}}));
  CHECK_FALSE(is_in_any(groups, {{"B", ""}}));
  CHECK_FALSE(is_in_any(groups, {{"x", ""}}));
  CHECK(is_in_any(groups, {{"...", *dn_key("CN=b,OU=G,DC=x")}}));
  CHECK_FALSE(is_in_any(groups, {{"...", *dn_key("cn=b,dc=x")}}));
}
