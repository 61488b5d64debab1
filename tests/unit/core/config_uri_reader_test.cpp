// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "config_support.hpp"

using namespace config_test;

namespace {

Result<Document> read_uris(std::vector<std::string> uris, const std::string& display_name = {}) {
  ConfigSource source;
  source.backends = std::move(uris);
  source.display_name = display_name;
  return read(source, catalogue());
}

std::string text_of(const BackendDefinition& backend, std::size_t index) {
  return std::get<std::string>(backend.options.at(index).second.value);
}

}  // namespace

TEST_CASE("the general form") {
  const auto document = read_uris(
      {"htpasswd:/etc/nginx/.ht%20passwd?allow_plain=true&a=%41%26%3D&b=&a=2&a=3=3?&timeout=3s&workers=2&queue=9"
       "&on_unavailable=next&subject_prefix=x%3A"});
  REQUIRE_MESSAGE(document.ok(), refusal(document));
  REQUIRE(document->backends.size() == 1);
  const BackendDefinition& backend = document->backends[0];
  CHECK(backend.name == "htpasswd");
  CHECK(backend.plugin == "htpasswd");
  CHECK(backend.uri.starts_with("htpasswd:/etc"));
  CHECK(backend.timeout == std::chrono::seconds(3));
  CHECK(backend.workers == 2);
  CHECK(backend.queue == 9);
  CHECK(backend.on_unavailable == OnUnavailable::next);
  CHECK(backend.subject_prefix == "x:");
  REQUIRE(backend.options.size() == 4);
  CHECK(backend.options[0].first.empty());
  CHECK(text_of(backend, 0) == "/etc/nginx/.ht passwd");
  CHECK(backend.options[0].second.where.file == "htpasswd");
  CHECK(backend.options[0].second.where.line == 0);
  CHECK(backend.options[0].second.from_uri);
  CHECK(backend.options[1].first == "allow_plain");
  CHECK(backend.options[1].second.where.key == "allow_plain");
  CHECK(std::get<std::vector<std::string>>(backend.options[2].second.value) ==
        std::vector<std::string>{"A&=", "2", "3=3?"});
  CHECK(text_of(backend, 3).empty());
  REQUIRE(document->realms.size() == 1);
  CHECK(document->realms[0].name == "default");
  CHECK(document->realms[0].display_name == "Restricted");
  CHECK(document->realms[0].chain == std::vector<std::string>{"htpasswd"});
  CHECK(document->directory.empty());
}

TEST_CASE("the order given is the chain, and each has a name of its own") {
  const auto document =
      read_uris({"htpasswd:/a", "HTPASSWD:/b", "ldaps://dc1.corp/ou=people,dc=corp?uid", "htpasswd:/c"}, "Hello");
  REQUIRE_MESSAGE(document.ok(), refusal(document));
  CHECK(document->realms[0].chain == std::vector<std::string>{"htpasswd", "htpasswd-2", "ldaps", "htpasswd-3"});
  CHECK(document->realms[0].display_name == "Hello");
  CHECK(document->realms[0].subjects == Subjects::shared);
  CHECK(document->backends[2].plugin == "ldap");
  CHECK(document->backends[2].uri == "ldaps://dc1.corp/ou=people,dc=corp?uid");
  REQUIRE(document->backends[2].options.size() == 2);
  CHECK(text_of(document->backends[2], 0) == "//dc1.corp/ou=people,dc=corp");
  CHECK(document->backends[2].options[1].first == uri_unread_option);
  CHECK(read_uris({"oidc+mtls:x"})->backends[0].name == "oidc-mtls");
}

TEST_CASE("a form of a plugin's own cannot be overlooked by a plugin that has none") {
  const std::vector<OptionSpec> specs{{.name = "file", .type = OptionType::path}};
  for (const char* uri : {"ldap://dc1.corp/dc=corp?uid", "ldap://dc1.corp/dc=corp??sub?(uid=%2A)?x-timeout=3s",
                          "htpasswd:///etc/users?strict", "htpasswd:///etc/users?a=b&strict", "ldap://h/b?a=b?c&"}) {
    CAPTURE(uri);
    const auto document = read_uris({uri});
    REQUIRE_MESSAGE(document.ok(), refusal(document));
    BackendDefinition backend = document->backends[0];
    CHECK(backend.uri == uri);
    backend.options[0].first = "file";
    Problems problems;
    (void)check_options(specs, backend.options, backend.where, {}, problems);
    CHECK(contains(problems.to_error().message, "has options that are not name=value"));
  }
  const auto document = read_uris({"htpasswd:///etc/users?strict=true"});
  REQUIRE_MESSAGE(document.ok(), refusal(document));
  CHECK(document->backends[0].options[1].first == "strict");
}

TEST_CASE("a name that a scheme happens to have is not given twice") {
  const Catalogue plugins = Catalogue::of({{"a", "/p/a.so", {"a"}, true, ""}, {"a-2", "/p/b.so", {"a-2"}, true, ""}});
  ConfigSource source;
  source.backends = {"a:/1", "a-2:/2", "a:/3"};
  const auto document = read(source, plugins);
  REQUIRE_MESSAGE(document.ok(), refusal(document));
  CHECK(document->realms[0].chain == std::vector<std::string>{"a", "a-2", "a-3"});
}

TEST_CASE("names are shared only among plugins whose names are account names") {
  CHECK(read_uris({"htpasswd:/a", "ldap:x"}).ok());
  CHECK(read_uris({"oidc:https://sso.corp/realms/main?audience=mlflow"}).ok());
  const std::string refused = refusal(read_uris({"htpasswd:/a", "oidc:https://sso.corp/"}));
  CHECK(contains(refused, "backends \"htpasswd\" and \"oidc\""));
  CHECK(contains(refused, "write a configuration file with [realms.default] and the line: subjects = \"shared\""));
  const auto prefixed = read_uris({"htpasswd:/a", "oidc:https://sso.corp/?subject_prefix=sso:"});
  REQUIRE_MESSAGE(prefixed.ok(), refusal(prefixed));
  CHECK(prefixed->realms[0].subjects == Subjects::unsaid);
}

TEST_CASE("URIs that are refused") {
  struct Case {
    std::string uri;
    const char* part;
  };
  for (const Case& c : {
           Case{"", "is not a URI"},
           Case{"/etc/passwd", "is not a URI"},
           Case{":/etc/passwd", "is not a URI"},
           Case{"1a:/x", "is not a URI"},
           Case{"ht passwd:/x", "is not a URI"},
           Case{std::string(40, 'a') + ":/x", "is not a URI"},
           Case{"htpaswd:/x", "takes the scheme \"htpaswd\"; did you mean \"htpasswd\"?"},
           Case{"http:/x", "takes the scheme \"http\""},
           Case{"htpasswd:", "names nothing"},
           Case{"htpasswd:?a=b", "names nothing"},
           Case{"htpasswd:/x#", "fragment"},
           Case{"htpasswd:/x?a=b#c", "fragment"},
           Case{"htpasswd:/x?", "name=value"},
           Case{"htpasswd:/x?a", "name=value"},
           Case{"htpasswd:/x?=b", "name=value"},
           Case{"htpasswd:/x?a=b&", "name=value"},
           Case{"htpasswd:/x?a=b&&c=d", "name=value"},
           Case{"htpasswd:/x?a%3Db", "name=value"},
           Case{"htpasswd:/x?%61=b", "name=value"},
           Case{"htpasswd:/x?a b=c", "name=value"},
           Case{"htpasswd:/x%", "percent"},
           Case{"htpasswd:/x%4", "percent"},
           Case{"htpasswd:/x%zz", "percent"},
           Case{"htpasswd:/x?a=%", "percent"},
           Case{"htpasswd:/x?a=%g0", "percent"},
           Case{"htpasswd:/x%00y", "percent"},
           Case{"htpasswd:/x?a=%0a", "percent"},
           Case{"htpasswd:/x?a=%ff", "percent"},
           Case{"htpasswd:/x?a=%c0%80", "percent"},
           Case{"htpasswd:/x\ny", "control"},
           Case{std::string("htpasswd:/x\0y", 13), "control"},
           Case{"htpasswd:/x\x7f", "control"},
           Case{"htpasswd:/x\xff", "UTF-8"},
           Case{"htpasswd://user:pw@host/x", "user:password@host"},
           Case{"htpasswd://user@host", "user:password@host"},
           Case{"oidc:https://user:pw@sso.corp/x", "user:password@host"},
           Case{"oidc:https://user%3Apw%40sso.corp/x", "user:password@host"},
           Case{"ldaps://cn=x:pw@dc1.corp/dc=corp", "user:password@host"},
           Case{"ldap:x?a=https://u:p@h/", "user:password@host"},
           Case{"htpasswd:/x?plugin=ldap", "plugin: is what the scheme says"},
           Case{"htpasswd:/x?on_unavailable=skip", "on_unavailable: \"skip\" is not one of: end, next"},
           Case{"htpasswd:/x?on_unavailable=next&on_unavailable=end", "on_unavailable: is given more than once"},
           Case{"htpasswd:/x?workers=0", "workers: must be at least 1"},
           Case{"htpasswd:/x?workers=2x", "workers: \"2x\" is not a whole number"},
           Case{"htpasswd:/x?timeout=5", "timeout: \"5\" has no unit"},
           Case{"htpasswd:/x?queue=", "queue: \"\" is not a whole number"},
           Case{"htpasswd:/x?subject_prefix=", "subject_prefix: is empty"},
           Case{"htpasswd:/" + std::string(9000, 'x'), "longer than 8KiB"},
       }) {
    CAPTURE(c.uri);
    CAPTURE(c.part);
    const std::string refused = refusal(read_uris({c.uri}));
    CHECK_MESSAGE(contains(refused, c.part), refused);
  }
}

TEST_CASE("no message repeats a URI's body or values") {
  for (const char* uri : {"htpasswd://user:hunter2@host/x", "oidc:https://a:hunter2@b/", "htpasswd:/hunter2#",
                          "htpasswd:/x?password=hunter2&", "htpasswd:/hunter2?x", "htpasswd:hunter2%", "hunter2"}) {
    CAPTURE(uri);
    CHECK_FALSE(contains(refusal(read_uris({uri})), "hunter2"));
  }
}

TEST_CASE("an @ in a path is no userinfo") {
  CHECK(read_uris({"htpasswd:/etc/a@b//c@d"}).ok());
  CHECK(read_uris({"ldap:x?mail=me@example.org"}).ok());
}

TEST_CASE("each of several URIs is told apart in messages") {
  const std::string refused = refusal(read_uris({"htpasswd:/a?workers=0", "htpasswd:/b?queue=0", "nonsense"}));
  CHECK(contains(refused, "htpasswd (backend 1): workers: "));
  CHECK(contains(refused, "htpasswd (backend 2): queue: "));
  CHECK(contains(refused, "backend 3: is not a URI"));
}

TEST_CASE("limits and repetition") {
  CHECK(contains(refusal(read_uris({"htpasswd:/a", "htpasswd:/a"})), "stands twice"));
  std::vector<std::string> many;
  for (int i = 0; i < 33; ++i) many.push_back("htpasswd:/" + std::to_string(i));
  CHECK(contains(refusal(read_uris(many)), "more than 32"));
  many.pop_back();
  CHECK(read_uris(many).ok());
}

TEST_CASE("the display name is checked") {
  CHECK(contains(refusal(read_uris({"htpasswd:/a"}, "a\nb")), "display_name: holds a control character"));
  CHECK(contains(refusal(read_uris({"htpasswd:/a"}, "\xff")), "display_name: is not UTF-8"));
  CHECK(contains(refusal(read_uris({"htpasswd:/a"}, std::string(129, 'a'))), "display_name: is longer"));
  CHECK(read_uris({"htpasswd:/a"}, "a \"quoted\" \\ name").ok());
}

TEST_CASE("sections of a door have their defaults") {
  ConfigSource source;
  source.backends = {"htpasswd:/a"};
  source.sections = {{"proxy", {{.name = "threads", .type = OptionType::integer, .default_value = "2"}}}};
  const auto document = read(source, catalogue());
  REQUIRE_MESSAGE(document.ok(), refusal(document));
  CHECK(document->sections.find("proxy")->second.values.integer("threads") == 2);
}
