// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <chrono>
#include <gatehouse/rules.hpp>
#include <string>
#include <vector>

using gatehouse::Identity;
using gatehouse::http::AccessRule;
using gatehouse::http::AccessRules;
using gatehouse::http::Header;
using gatehouse::http::Network;
using gatehouse::http::RuleQuestion;
using gatehouse::http::Ruling;
using Kind = Ruling::Kind;
using Requirement = AccessRule::Requirement;

namespace {

AccessRule rule(std::vector<std::string> paths, std::vector<std::string> methods = {}) {
  AccessRule made;
  made.paths = std::move(paths);
  made.methods = std::move(methods);
  return made;
}

AccessRule open_to_anyone(std::vector<std::string> paths) {
  auto made = rule(std::move(paths));
  made.anyone = true;
  return made;
}

AccessRule for_group(std::vector<std::string> paths, const std::string& group, std::vector<std::string> methods = {}) {
  auto made = rule(std::move(paths), std::move(methods));
  made.requirements.push_back({Requirement::Kind::group, group, {}});
  return made;
}

AccessRules make(std::vector<AccessRule> rules, bool ignore_case = false) {
  auto made = AccessRules::make(std::move(rules), ignore_case);
  REQUIRE_MESSAGE(made, made.error().message);
  return *std::move(made);
}

std::string refused(AccessRule one) {
  const auto made = AccessRules::make({std::move(one)});
  return made ? "" : made.error().message;
}

/// The number of the rule that decides; 0: none. -1: refused.
int decider(const AccessRules& rules, std::string_view method, std::string_view target, std::string_view host = {},
            std::string_view from = {}) {
  const auto ruling = rules.judge({method, target, host, from});
  if (ruling.kind == Kind::refused) return -1;
  return ruling.rule == nullptr ? 0 : static_cast<int>(ruling.rule->number);
}

bool matches(const std::string& pattern, std::string_view path) {
  return decider(make({rule({pattern})}), "GET", path) == 1;
}

}  // namespace

TEST_CASE("a path that can be read as another one is refused before any rule is asked") {
  const auto rules = make({open_to_anyone({"/**"})});
  for (const auto* path : {
           "/public/../admin",
           "/public/%2e%2e/admin",
           "/public/%2E%2E/admin",
           "/public/.%2e/admin",
           "/./admin",
           "/admin/.",
           "/admin/..",
           "/%2e/admin",
           "/...",
           "/a/..../b",  // dots
           "//admin",
           "///admin",
           "/public//../admin",
           "/a//",
           "//",  // empty segments
           "/a%2fb",
           "/a%2Fb",
           "/public%2f..%2fadmin",  // hidden delimiters
           "/a%5cb",
           "/a\\b",
           "/..\\admin",
           "/a;b",
           "/a;b=1/c",
           "/..;/admin",
           "/a%3bb",
           "/a%3Bb",
           "/a%3fb",
           "/a%23b",
           "/%",
           "/a%",
           "/a%2",
           "/%zz",
           "/%2g",
           "/%u002e",
           "/% 41",  // no escapes
           "/%c0%ae",
           "/%c0%af",
           "/%e0%80%af",
           "/%ff",
           "/%c3",
           "/%ed%a0%80",
           "/%f4%90%80%80",  // no UTF-8
           "/%00",
           "/admin%00.png",
           "/%0a",
           "/%0d",
           "/%09",
           "/%7f",
           "/%1f",  // controls
           "/admin%20",
           "/%20admin",
           "/a%20/b",
           "/%20",  // spaces that get cut off
           "/%61dmin",
           "/%41",
           "/%39",
           "/a%2ejson",  // what needs no escape
           "/%2561dmin",
           "/%252e%252e/x",
           "/%252f",
           "/a%25%32%66b",
           "/%25aa",  // twice
           "/a b",
           "/a\tb",
           "/a\x7f",
           "/caf\xc3\xa9",
           "/a#b",
           "/a\"b",
           "/a<b",
           "/a>b",
           "/a`b",
           "/a{b}",
           "/a?x y",
           "/a?x=#",
           "/a?\xc3\xa9",  // bytes that no target has
           "",
           "admin",
           "?x",
           "http://host/admin",
           "http:/admin",
           "*/",
           "**",  // no path
       }) {
    CAPTURE(path);
    const auto ruling = rules.judge({"GET", path, "host", "unix"});
    CHECK(ruling.kind == Kind::refused);
    CHECK_FALSE(ruling.why.empty());
    CHECK(ruling.rule == nullptr);
    CHECK_FALSE(ruling.allows(Identity{"ann", {}, {}, {}, {}}));
  }
  CHECK(decider(rules, "GET", std::string_view("/a\0b", 4)) == -1);
  CHECK(decider(rules, "GET", "/" + std::string(9000, 'a')) == -1);
  std::string deep;
  for (int i = 0; i < 128; ++i) deep += "/a";
  CHECK(decider(rules, "GET", deep) == 1);
  CHECK(decider(rules, "GET", deep + "/a") == -1);
}

TEST_CASE("what is written in one way only is judged") {
  const auto rules = make({open_to_anyone({"/**"})});
  for (const auto* path : {"/", "/a", "/a/", "/a.b/c..d/.e", "/a%20b", "/caf%C3%A9", "/100%25", "/50%25%20off",
                           "/a%7Eb/~c", "/a,b:c@d!e$f&g'h(i)j*k+l=m", "/a|b^c", "/%5Bx%5D",
                           "/a?b=/../c%2f;d//&e={f}|\\", "/?", "/.well-known/x", "/%EF%BC%8F"}) {
    CAPTURE(path);
    CHECK(decider(rules, "GET", path) == 1);
  }
}

TEST_CASE("without rules no path is refused and everything asks for a login") {
  for (const auto& rules : {AccessRules(), make({})}) {
    CHECK(rules.empty());
    for (const auto* path : {"/", "/a/../b", "//", "/%2f", "*"}) {
      const auto ruling = rules.judge({"GET", path, "", ""});
      CHECK(ruling.kind == Kind::login);
      CHECK(ruling.rule == nullptr);
    }
  }
}

TEST_CASE("a field that overrides the method is refused where there are rules") {
  for (const auto* name : {"X-HTTP-Method-Override", "x_http_method_override", "X-HTTP-Method", "X.Method.Override"}) {
    const std::vector<Header> headers = {{"Accept", "*/*"}, {name, "DELETE"}};
    CHECK(make({rule({})}).judge({"POST", "/", "", "", headers}).kind == Kind::refused);
    CHECK(AccessRules().judge({"POST", "/", "", "", headers}).kind == Kind::login);
  }
  const std::vector<Header> headers = {{"X-HTTP-Methods", "1"}, {"X-Method", "2"}, {"Method", "3"}};
  CHECK(make({rule({})}).judge({"POST", "/", "", "", headers}).kind == Kind::login);
}

TEST_CASE("patterns of paths") {
  CHECK(matches("/admin", "/admin"));
  CHECK(matches("/admin", "/admin/"));
  CHECK(matches("/admin/", "/admin"));
  CHECK(matches("/admin", "/admin?x=/public"));
  CHECK_FALSE(matches("/admin", "/adminx"));
  CHECK_FALSE(matches("/admin", "/admin/x"));
  CHECK_FALSE(matches("/admin", "/Admin"));
  CHECK_FALSE(matches("/admin", "/"));
  CHECK_FALSE(matches("/public", "/admin?x=/public"));

  CHECK(matches("/admin/**", "/admin"));
  CHECK(matches("/admin/**", "/admin/"));
  CHECK(matches("/admin/**", "/admin/x/y"));
  CHECK_FALSE(matches("/admin/**", "/adminx"));
  CHECK_FALSE(matches("/admin/**", "/x/admin"));
  CHECK(matches("/**", "/"));
  CHECK(matches("/**", "/a/b/c"));
  CHECK(matches("/", "/"));
  CHECK_FALSE(matches("/", "/a"));

  CHECK(matches("/*/x", "/a/x"));
  CHECK_FALSE(matches("/*/x", "/x"));
  CHECK_FALSE(matches("/*/x", "/a/b/x"));
  CHECK(matches("/a*z/*.json", "/abcz/q.json"));
  CHECK_FALSE(matches("/a*z", "/abc"));
  CHECK_FALSE(matches("/*.json", "/a/b.json"));
  CHECK(matches("/**/secret", "/secret"));
  CHECK(matches("/**/secret", "/a/b/secret"));
  CHECK_FALSE(matches("/**/secret", "/a/secret/b"));
  CHECK(matches("/a/**/b/**/c", "/a/b/x/b/y/c"));
  CHECK_FALSE(matches("/a/**/b/**/c", "/a/c/b"));
  CHECK(matches("/a/**/**", "/a"));

  CHECK(matches("/mein modell", "/mein%20modell"));
  CHECK(matches("/caf\xc3\xa9", "/caf%c3%a9"));
  CHECK_FALSE(matches("/caf\xc3\xa9", "/cafe%cc%81"));  // decomposed: another path
  CHECK_FALSE(matches("/a/b", "/a%EF%BC%8Fb"));         // a full-width slash is no slash
  CHECK_FALSE(matches("/**", "*"));
  CHECK(decider(make({rule({})}), "OPTIONS", "*") == 1);
}

TEST_CASE("case counts in paths unless the service does not tell it either") {
  const auto rules = make({for_group({"/Admin/**"}, "ops")}, true);
  CHECK(decider(rules, "GET", "/aDMIN/x") == 1);
  CHECK(decider(rules, "GET", "/admin") == 1);
  CHECK(decider(rules, "GET", "/other") == 0);
}

TEST_CASE("methods are compared as they are, and GET is HEAD too") {
  const auto rules = make({rule({"/a"}, {"GET"}), rule({"/a"}, {"POST", "DELETE"})});
  CHECK(decider(rules, "GET", "/a") == 1);
  CHECK(decider(rules, "HEAD", "/a") == 1);
  CHECK(decider(rules, "DELETE", "/a") == 2);
  for (const auto* lower : {"get", "Delete", "POSt"}) {
    CAPTURE(lower);
    CHECK(decider(rules, lower, "/a") == -1);
  }
  CHECK(decider(rules, "", "/a") == 0);
  CHECK(decider(make({rule({"/a"}, {"HEAD"})}), "GET", "/a") == 0);
}

TEST_CASE("hosts without case, port and closing dot") {
  auto named = rule({});
  named.hosts = {"ML.corp", "*.example.org", "[2001:DB8:0::1]", "xn--bcher-kva.example", "under_score"};
  const auto rules = make({named});
  for (const auto* host :
       {"ml.corp", "ML.CORP", "ml.corp:8080", "ml.corp.", "ml.corp.:80", "a.example.org", "a.b.example.org",
        "[2001:db8::1]", "[2001:db8:0:0::1]:443", "XN--bcher-kva.example", "under_score", "ml.corp:"}) {
    CAPTURE(host);
    CHECK(decider(rules, "GET", "/", host) == 1);
  }
  for (const auto* host :
       {"", "example.org", "xexample.org", ".example.org", "ml.corp.evil", "evil.ml.corp", "ml.corp..", "[2001:db8::2]",
        "2001:db8::1", "[::1", "ml.corp:x", "ml.corp:123456", "ml corp", "*.example.org",
        "b\xc3\xbc"
        "cher.example",
        "user@ml.corp"}) {
    CAPTURE(host);
    CHECK(decider(rules, "GET", "/", host) == 0);
  }
  CHECK(decider(rules, "GET", "/", std::string(10'000, 'a')) == 0);
}

TEST_CASE("source networks") {
  auto near = open_to_anyone({"/**"});
  near.networks = {*Network::read("10.0.0.0/8"), *Network::read("unix")};
  const auto rules = make({near});
  CHECK(decider(rules, "GET", "/", "", "10.1.2.3") == 1);
  CHECK(decider(rules, "GET", "/", "", "::ffff:10.1.2.3") == 1);
  CHECK(decider(rules, "GET", "/", "", "unix") == 1);
  CHECK(decider(rules, "GET", "/", "", "11.1.2.3") == 0);
  CHECK(decider(rules, "GET", "/", "", "") == 0);
  CHECK(decider(rules, "GET", "/", "", "unknown") == 0);
}

TEST_CASE("the first rule that matches decides") {
  const auto rules = make({open_to_anyone({"/health"}), for_group({"/api/**"}, "writers", {"POST"}), rule({"/api/**"}),
                           open_to_anyone({"/api/x"}), for_group({}, "ops")});
  CHECK(decider(rules, "GET", "/health") == 1);
  CHECK(decider(rules, "POST", "/api/x") == 2);
  CHECK(decider(rules, "GET", "/api/x") == 3);
  CHECK(decider(rules, "GET", "/") == 5);
  CHECK(decider(rules, "OPTIONS", "*") == 5);
  CHECK(rules.judge({"GET", "/health", "", ""}).kind == Kind::anyone);
  CHECK(rules.judge({"GET", "/api/x", "", ""}).kind == Kind::login);
  CHECK(decider(make({rule({}), open_to_anyone({"/a"})}), "GET", "/a") == 1);
  CHECK(decider(make({open_to_anyone({"/a", "/b/*"})}), "GET", "/b/c") == 1);
}

TEST_CASE("one of the requirements must hold") {
  auto wanted = rule({});
  wanted.requirements = {{Requirement::Kind::user, "ann", {}},
                         {Requirement::Kind::group, "writers", {}},
                         {Requirement::Kind::attribute, "mail", "b@corp"}};
  const auto rules = make({wanted});
  const auto may = [&](const Identity& identity) {
    const auto ruling = rules.judge({"GET", "/", "", ""});
    REQUIRE(ruling.kind == Kind::login);
    return ruling.allows(identity);
  };
  CHECK(may({"ann", {}, {}, {}, {}}));
  CHECK(may({"bob", {"readers", "writers"}, {}, {}, {}}));
  CHECK(may({"bob", {}, {{"mail", "x"}, {"mail", "b@corp"}}, {}, {}}));
  CHECK_FALSE(
      may({"bob", {"ann", "writer", "Writers", "writers "}, {{"mail", "b@CORP"}, {"group", "writers"}}, {}, {}}));
  CHECK_FALSE(may({"", {}, {}, {}, {}}));
  CHECK_FALSE(may({"writers", {}, {}, {}, {}}));
  CHECK(gatehouse::http::requirement_text(wanted) == "user:ann or group:writers or attribute:mail=b@corp");
}

TEST_CASE("rules that say nothing are refused, with their place and what to write") {
  for (const auto* path : {"", "admin", "*", "/a//b", "/a/../b", "/./a", "/a?b", "/a;b", "/a#b", "/a\\b", "/a**",
                           "/**b", "/a%20b", "/%2f", "/a\n", "/ a", "/\xff", "http://host/"}) {
    CAPTURE(path);
    CHECK(refused(rule({path})).starts_with("http.rules[1].path: "));
  }
  CHECK(refused(rule({"/a%"})).empty());
  CHECK(refused(rule({}, {"get"})) == "http.rules[1].methods: \"get\": methods are in capitals; did you mean \"GET\"?");
  CHECK(refused(rule({}, {"GET POST"})).starts_with("http.rules[1].methods: "));
  for (const auto* host : {"", "host:80", "[::1]:80", "http://host", "a b", "*", "*.",
                           "b\xc3\xbc"
                           "cher",
                           "a/b", "*.[::1]"}) {
    auto named = rule({});
    named.hosts = {host};
    CAPTURE(host);
    CHECK(refused(named).starts_with("http.rules[1].host: "));
  }
  auto both = for_group({}, "x");
  both.anyone = true;
  CHECK(refused(both).starts_with("http.rules[1].require: "));
  CHECK(refused(for_group({}, "")).starts_with("http.rules[1].require: "));
  auto placed = rule({"x"});
  placed.where = "a.toml:7";
  CHECK(refused(placed) == "a.toml:7: http.rules[1].path: \"x\" does not begin with /");
}

TEST_CASE("rules that can never decide are found") {
  const auto warnings = [](std::vector<AccessRule> rules) { return make(std::move(rules)).warnings(); };
  CHECK(warnings({rule({"/a"}), rule({"/b"}), rule({"/**"}), rule({}, {"GET"}), rule({})}).empty());
  CHECK(warnings({rule({"/a"}), rule({"/a"})}) ==
        std::vector<std::string>{"rule 2: it can never decide: rule 1 comes first and matches all that it does"});
  CHECK(warnings({rule({"/**"}), rule({"/a/**"})}).size() == 1);
  CHECK(warnings({rule({"/a/**"}), rule({"/**"})}).empty());
  CHECK(warnings({rule({"/a/**"}), rule({"/a"}), rule({"/a/*/c"})}).size() == 2);
  CHECK(warnings({rule({"/*/b"}), rule({"/a/b"}), rule({"/a/**"})}).size() == 1);
  CHECK(warnings({rule({"/a*"}), rule({"/ab*c"}), rule({"/b*"})}).size() == 1);
  CHECK(warnings({rule({"/**/x"}), rule({"/a/**/x"}), rule({"/a/**"})}).size() == 1);
  CHECK(warnings({rule({}), rule({"/a"}), rule({})}).size() == 2);
  CHECK(warnings({rule({"/a"}), rule({"/a", "/b"})}) ==
        std::vector<std::string>{
            "rule 2: its path \"/a\" can never decide: rule 1 comes first and matches all that it does"});
  CHECK(warnings({rule({"/**"}, {"GET"}), rule({"/a"}, {"HEAD"}), rule({"/a"}, {"GET", "POST"})}).size() == 1);
  auto one = rule({"/**"});
  one.hosts = {"*.corp"};
  auto other = rule({"/a"});
  other.hosts = {"x.corp"};
  CHECK(warnings({one, other, rule({"/a"})}).size() == 1);
  one.hosts.clear();
  one.networks = {*Network::read("10.0.0.0/8")};
  other.hosts.clear();
  other.networks = {*Network::read("10.1.0.0/16")};
  CHECK(warnings({one, other, rule({"/a"})}).size() == 1);
  CHECK(warnings({other, one}).empty());
}

TEST_CASE("why earlier rules did not decide") {
  auto far = rule({"/a"});
  far.networks = {*Network::read("10.0.0.0/8")};
  auto named = rule({"/a"});
  named.hosts = {"corp"};
  const auto rules = make({rule({"/b"}), rule({"/a"}, {"POST"}), named, far, rule({"/a"})});
  CHECK(rules.passed_over({"GET", "/a", "x", "unix"}) ==
        std::vector<std::string>{"rule 2: the path matches, the method does not",
                                 "rule 3: the path matches, the host does not",
                                 "rule 4: the path matches, the source address does not"});
  CHECK(rules.passed_over({"GET", "/..", "x", "unix"}).empty());
}

TEST_CASE("a set of any size behaves the same, and its size costs nothing for other paths") {
  for (const std::size_t count : {1U, 100U, 101U, 10'000U}) {
    std::vector<AccessRule> list;
    for (std::size_t i = 0; i < count; ++i) {
      list.push_back(for_group({"/team" + std::to_string(i) + "/**"}, "team" + std::to_string(i)));
    }
    const auto last = std::to_string(count - 1);
    list.push_back(for_group({"/**"}, "rest"));
    list.push_back(open_to_anyone({"/team" + last}));
    const auto rules = make(std::move(list));
    CHECK(decider(rules, "GET", "/team" + last + "/x") == static_cast<int>(count));
    CHECK(decider(rules, "GET", "/team" + last) == static_cast<int>(count));
    CHECK(decider(rules, "GET", "/team" + last + "x") == static_cast<int>(count + 1));
    CHECK(rules.warnings().size() == 1);

    std::vector<AccessRule> same;
    for (std::size_t i = 0; i < count; ++i) {
      auto named = rule({"/**"});
      named.hosts = {"h" + std::to_string(i) + ".corp"};
      same.push_back(std::move(named));
    }
    CHECK(decider(make(std::move(same)), "GET", "/x", "H" + last + ".corp") == static_cast<int>(count));
  }
}
