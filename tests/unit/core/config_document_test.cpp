// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>

#include "config_support.hpp"

using namespace config_test;

namespace {

constexpr const char* whole = R"(
[realms.mlflow]
display_name = "MLflow \"Login\" für alle"
chain = ["staff", "corp"]
subjects = "shared"
timeout = "8s"

[backends.staff]
plugin = "htpasswd"
file = "/etc/gatehouse/mlflow.htpasswd"
groups = "/etc/gatehouse/mlflow.groups"
workers = 4
queue = 64

[backends.corp]
plugin = "ldap"
uri = ["ldaps://dc1.corp", "ldaps://dc2.corp"]
on_unavailable = "next"
subject_prefix = "corp:"
timeout = "2500ms"

[cache]
ttl = "90s"
entries = 1000

[log]
level = "warning"
)";

/// A realm of one backend, and then `more`.
std::string with(const std::string& more) {
  return "[realms.r]\nchain = [\"b\"]\n[backends.b]\nplugin = \"htpasswd\"\n" + more;
}

std::size_t lines_of(const std::string& text) {
  return 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("a whole file is read") {
  const auto document = read_text(whole);
  REQUIRE_MESSAGE(document.ok(), refusal(document));
  REQUIRE(document->realms.size() == 1);
  const RealmDefinition& realm = document->realms[0];
  CHECK(realm.name == "mlflow");
  CHECK(realm.display_name == "MLflow \"Login\" f\xC3\xBCr alle");
  CHECK(realm.chain == std::vector<std::string>{"staff", "corp"});
  CHECK(realm.subjects == Subjects::shared);
  CHECK(realm.timeout == std::chrono::seconds(8));
  CHECK(realm.where.line == 2);
  REQUIRE(document->backends.size() == 2);
  const BackendDefinition& staff = document->backends[0];
  CHECK(staff.name == "staff");
  CHECK(staff.plugin == "htpasswd");
  CHECK(staff.on_unavailable == OnUnavailable::end);
  CHECK(staff.workers == 4);
  CHECK(staff.queue == 64);
  CHECK(staff.timeout.count() == 0);
  REQUIRE(staff.options.size() == 2);
  CHECK(staff.options[0].first == "file");
  CHECK(staff.options[0].second.where.key == "backends.staff.file");
  CHECK(staff.options[0].second.where.line == 10);
  CHECK_FALSE(staff.options[0].second.from_uri);
  const BackendDefinition& corp = document->backends[1];
  CHECK(corp.on_unavailable == OnUnavailable::next);
  CHECK(corp.subject_prefix == "corp:");
  CHECK(corp.timeout == std::chrono::milliseconds(2500));
  CHECK(std::get<std::vector<std::string>>(corp.options[0].second.value).size() == 2);
  CHECK(document->cache.ttl == std::chrono::seconds(90));
  CHECK(document->cache.entries == 1000);
  CHECK(document->log.level == LogLevel::warning);
  CHECK(document->log.level_given);
  CHECK(document->directory.empty());
}

TEST_CASE("what is not written has its default") {
  const auto document = read_text(with(""));
  REQUIRE_MESSAGE(document.ok(), refusal(document));
  CHECK(document->realms[0].display_name == "r");
  CHECK(document->realms[0].subjects == Subjects::unsaid);
  CHECK(document->cache.ttl == std::chrono::minutes(5));
  CHECK(document->cache.entries == 100'000);
  CHECK(document->log.level == LogLevel::info);
  CHECK_FALSE(document->log.level_given);
}

TEST_CASE("a configuration without a realm is refused") {
  for (const char* text :
       {" ", "\n", "# only a comment\n", "\xEF\xBB\xBF", "\r\n\r\n", "[cache]\nttl = \"1s\"\n", "[realms]\n"}) {
    CAPTURE(text);
    CHECK(contains(refusal(read_text(text)), "has no realm; write at least [realms.main]"));
  }
}

TEST_CASE("one source, and not less") {
  const Catalogue plugins = catalogue();
  CHECK(contains(refusal(read(ConfigSource{}, plugins)), "there is no configuration"));
  ConfigSource both;
  both.text = whole;
  both.backends = {"htpasswd:/x"};
  CHECK(contains(refusal(read(both, plugins)), "give one of them"));
  both.text.clear();
  both.file = "/etc/gatehouse.toml";
  CHECK(contains(refusal(read(both, plugins)), "give one of them"));
}

TEST_CASE("texts that are refused, with place and mend") {
  struct Case {
    std::string text;
    const char* part;
  };
  const std::string two = "[backends.a]\nplugin = \"htpasswd\"\n[backends.b]\nplugin = \"ldap\"\n";
  for (const Case& c : {
           // sections and keys nobody knows
           Case{with("[chache]\n"), "<text>:5: chache: is not a known section; did you mean \"cache\"?"},
           Case{with("[[realms.r.x]]\n"), "realms.r.x: is not known here"},
           Case{"chain = 1\n" + with(""), "<text>:1: chain: is not known here"},
           Case{"realms = 1\n", "must be sections with names: [realms.NAME]"},
           Case{"[[realms]]\nchain = [\"b\"]\n", "must be sections with names"},
           Case{"cache = 5\n" + with(""), "must be a section: [cache]"},
           Case{"realms.r = 5\n", "must be a section: [realms.r]"},
           Case{"backends.b = 5\n[realms.r]\nchain = [\"b\"]\n", "must be a section: [backends.b]"},
           Case{with("[proxy]\n"), "proxy: is not a known section"},
           Case{with("[http]\n"), "http: is not a known section"},
           Case{"throttle = 1\n" + with(""), "throttle: must be a section: [throttle]"},
           Case{with("[throttle]\nfailure = 3\n"), "did you mean \"failures\"?"},
           Case{with("[throttle]\nfailures = 201\n"), "throttle.failures: must be at most 200"},
           Case{with("[throttle]\nipv4_prefix = 33\n"), "throttle.ipv4_prefix: must be at most 32"},
           Case{with("[throttle]\nipv6_prefix = 8\n"), "throttle.ipv6_prefix: must be at least 16"},
           Case{with("[throttle]\nfailures_every = 30\n"), "has no unit"},
           Case{with("[cache]\nttl = \"1m\"\njitter = \"2m\"\n"), "<text>:7: cache.jitter: is longer than the ttl"},
           Case{with("[cache]\nnegative_ttl = \"2m\"\n"), "cache.negative_ttl: must be at most 1m"},
           Case{with("[cache]\nstale_if_unavailable = \"2h\"\n"), "cache.stale_if_unavailable: must be at most 1h"},
           Case{with("[cache]\nttl = 300\n"), "<text>:6: cache.ttl: \"300\" has no unit; write \"300s\""},
           Case{with("[cache]\nttl = \"300x\"\n"), "cache.ttl: \"300x\" is not a duration"},
           Case{with("[cache]\nttl = \"-1s\"\n"), "must be at least 0s"},
           Case{with("[cache]\nttl = \"25h\"\n"), "must be at most 1d"},
           Case{with("[cache]\nentries = 0\n"), "must be at least 1"},
           Case{with("[cache]\nentries = 1e9\n"), "must be a whole number"},
           Case{with("[cache]\nentries = 10000001\n"), "must be at most 10000000"},
           Case{with("[log]\nlevel = \"warn\"\n"), "\"warn\" is not one of: debug, info, warning, error"},
           Case{with("[log]\naudit = \"none\"\n"), "\"none\" is not one of: off, refusals, all"},
           Case{with("[log]\nsink = \"x\"\n"), "log.sink: "},
           // realms
           Case{"[realms.r]\n", "realms.r.chain: is missing; add the line: chain = [\"...\"]"},
           Case{"[realms.r]\nchain = []\n", "realms.r.chain: is empty"},
           Case{"[realms.r]\nchain = [\"\"]\n", "holds an empty text"},
           Case{"[realms.r]\nchain = 1\n", "must be a list of texts"},
           Case{"[realms.r]\nchain = [1]\n", "must be a list of texts"},
           Case{"[realms.r]\nchian = [\"b\"]\n", "realms.r.chian: is not known here; did you mean \"chain\"?"},
           Case{"[realms.r]\nchain = [\"b\"]\n",
                "<text>:2: realms.r.chain: names the backend \"b\", which does not exist"},
           Case{"[realms.r]\nchain = [\"steff\"]\n[backends.staff]\nplugin = \"htpasswd\"\n",
                "did you mean \"staff\"?"},
           Case{"[realms.r]\nchain = [\"b\", \"b\"]\n[backends.b]\nplugin = \"htpasswd\"\n", "names \"b\" twice"},
           Case{"[realms.r]\nchain = [\"a\"]\n" + two,
                "<text>:5: backends.b: is in no chain; add \"b\" to a realm's chain"},
           Case{"[realms.r]\nchain = [\"a\",\"b\"]\nsubjects = \"separate\"\n" + two, "is not one of: shared"},
           Case{"[realms.r]\nchain = [\"a\",\"b\"]\nsubjects = true\n" + two, "realms.r.subjects: must be a text"},
           Case{"[realms.r]\nchain = [\"b\"]\ntimeout = \"0s\"\n" + with("").substr(with("").find("[backends")),
                "timeout: must be at least 1ms"},
           Case{"[realms.r]\nchain = [\"b\"]\ndisplay_name = \"a\\nb\"\n", "display_name: holds a control character"},
           Case{"[realms.r]\nchain = [\"b\"]\ndisplay_name = \"a\\u0085b\"\n",
                "display_name: holds a control character"},
           Case{"[realms.r]\nchain = [\"b\"]\ndisplay_name = \"\"\n", "display_name: holds an empty text"},
           Case{"[realms.r]\nchain = [\"b\"]\ndisplay_name = \"" + std::string(129, 'x') + "\"\n", "longer than 128"},
           Case{"[realms.\"a b\"]\nchain = [\"b\"]\n", "\"a b\" is not a name"},
           Case{"[realms.\"\"]\nchain = [\"b\"]\n", "\"\" is not a name"},
           Case{"[realms._a]\nchain = [\"b\"]\n", "is not a name"},
           Case{"[realms." + std::string(65, 'a') + "]\nchain = [\"b\"]\n", "is not a name"},
           Case{"[realms.\"r\\u001b\"]\nchain = [\"b\"]\n", "r\\x1b"},
           // backends
           Case{with("").substr(0, with("").find("plugin")),
                "backends.b: has no plugin; add the line: plugin = \"htpasswd\" (there is: htpasswd, ldap"},
           Case{with("[backends.c]\nplugin = 1\n"), "backends.c.plugin: must be a plugin's name in quotes"},
           Case{with("[backends.c]\nplugin = \"\"\n"), "backends.c.plugin: must be a plugin's name in quotes"},
           Case{with("[backends.c]\nplugin = \"htpaswd\"\n"),
                "there is no plugin \"htpaswd\"; did you mean \"htpasswd\"?"},
           Case{with("[backends.c]\nplugin = \"./x.so\"\n"),
                "is a relative path; write a plugin's name or an absolute path"},
           Case{with("[backends.c]\nplugin = \"/x\\u0000.so\"\n"), "is not the path of a file"},
           Case{with("on_unavailable = \"skip\"\n"),
                "<text>:5: backends.b.on_unavailable: \"skip\" is not one of: end, next"},
           Case{with("on_unavailable = true\n"), "backends.b.on_unavailable: must be a text"},
           Case{with("workers = 0\n"), "must be at least 1"},
           Case{with("workers = -1\n"), "must be at least 1"},
           Case{with("workers = 1025\n"), "must be at most 1024"},
           Case{with("queue = 4294967297\n"), "must be at most 1000000"},
           Case{with("timeout = 5\n"), "has no unit"},
           Case{with("timeout = \"2h\"\n"), "must be at most 1h"},
           Case{with("subject_prefix = \"\"\n"), "holds an empty text"},
           Case{with("subject_prefix = \"a\\tb\"\n"), "control character"},
           Case{with("subject_prefix = \"" + std::string(65, 'x') + "\"\n"), "longer than 64"},
           Case{with("\"\" = \"/body\"\n"), "backends.b.\"\": is a key without a name"},
       }) {
    CAPTURE(c.text);
    CAPTURE(c.part);
    CHECK_MESSAGE(contains(refusal(read_text(c.text)), c.part), refusal(read_text(c.text)));
  }
}

TEST_CASE("an absolute plugin path is taken as it is") {
  const auto document = read_text("[realms.r]\nchain = \"b\"\n[backends.b]\nplugin = \"/opt/my.so\"\n");
  REQUIRE_MESSAGE(document.ok(), refusal(document));
  CHECK(document->backends[0].plugin == "/opt/my.so");
  CHECK(document->realms[0].chain == std::vector<std::string>{"b"});
}

TEST_CASE("two backends say whose names are whose") {
  const auto text = [](const char* subjects, const char* first, const char* second) {
    return "[realms.r]\nchain = [\"a\", \"b\"]\n" + std::string(subjects) + "[backends.a]\nplugin = \"htpasswd\"\n" +
           first + "[backends.b]\nplugin = \"ldap\"\n" + second;
  };
  const std::string refused = refusal(read_text(text("", "", "")));
  CHECK(contains(refused, "<text>:1: realms.r: backends \"a\" and \"b\""));
  CHECK(contains(refused, "add to [realms.r] the line: subjects = \"shared\""));
  CHECK(contains(refused, "add to [backends.b] the line: subject_prefix = \"b:\""));
  CHECK(lines_of(refused) == 1);

  // the lines that the message gives are the mend
  CHECK(read_text(text("subjects = \"shared\"\n", "", "")).ok());
  CHECK(read_text(text("", "", "subject_prefix = \"b:\"\n")).ok());
  CHECK(read_text(text("", "subject_prefix = \"a:\"\n", "subject_prefix = \"b:\"\n")).ok());

  CHECK(contains(refusal(read_text(text("", "subject_prefix = \"x\"\n", "subject_prefix = \"x\"\n"))), "two people"));
  CHECK(contains(refusal(read_text(text("", "subject_prefix = \"x\"\n", "subject_prefix = \"x-\"\n"))), "two people"));
  CHECK(contains(refusal(read_text(text("", "subject_prefix = \"xy\"\n", "subject_prefix = \"x\"\n"))), "two people"));
}

TEST_CASE("one backend in two realms needs no words, a chain of three with two prefixes neither") {
  CHECK(read_text("[realms.r]\nchain = [\"b\"]\n[realms.s]\nchain = [\"b\"]\n[backends.b]\nplugin = \"htpasswd\"\n")
            .ok());
  const std::string three =
      "[realms.r]\nchain = [\"a\", \"b\", \"c\"]\n[backends.a]\nplugin = \"ldap\"\n[backends.b]\nplugin = \"ldap\"\n"
      "subject_prefix = \"b:\"\n[backends.c]\nplugin = \"ldap\"\n";
  CHECK(contains(refusal(read_text(three)), "backends \"a\" and \"c\""));
  CHECK(read_text(three + "subject_prefix = \"c:\"\n").ok());
}

TEST_CASE("all problems come at once, in the order of the file") {
  const std::string refused =
      refusal(read_text("[log]\nlevel = 1\n[realms.r]\nchain = [\"x\"]\ntimeuot = \"1s\"\n[backends.b]\nplugin = "
                        "\"nope\"\nworkers = -1\n"));
  CHECK(lines_of(refused) == 6);
  CHECK(refused.starts_with("<text>:2: log.level: "));
  CHECK(contains(refused, "\n<text>:5: realms.r.timeuot: "));
  CHECK(contains(refused, "\n<text>:7: backends.b.plugin: "));
  CHECK(contains(refused, "\n<text>:8: backends.b.workers: "));
  CHECK(contains(refused, "\n<text>:4: realms.r.chain: "));
  CHECK(contains(refused, "\n<text>:6: backends.b: is in no chain"));
}

TEST_CASE("a thousand problems cost no more than a hundred") {
  std::string text;
  std::string chain;
  for (int i = 0; i < 5000; ++i) text += "[backends.b" + std::to_string(i) + "]\nplugin = \"htpaswd\"\nworkers = 0\n";
  for (int i = 0; i < 5000; ++i) chain += "\"c" + std::to_string(i) + "\",";
  const std::string refused = refusal(read_text("[realms.r]\nchain = [" + chain + "]\n" + text));
  CHECK(lines_of(refused) <= Problems::limit + 1);
  CHECK(contains(refused, " more"));
}

TEST_CASE("the hundredth realm is judged like the first") {
  for (const std::size_t count : {1U, 2U, 50U, 300U}) {
    std::string good;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string n = std::to_string(i);
      good += "[realms.r" + n + "]\nchain = [\"b" + n + "\"]\n[backends.b" + n + "]\nplugin = \"htpasswd\"\n";
    }
    const auto document = read_text(good);
    REQUIRE_MESSAGE(document.ok(), refusal(document));
    CHECK(document->realms.size() == count);
    CHECK(document->backends.back().name == "b" + std::to_string(count - 1));
    const std::string refused = refusal(read_text(good + "on_unavailable = \"never\"\n"));
    CHECK(refused.starts_with("<text>:" + std::to_string(count * 4 + 1) + ": backends.b" + std::to_string(count - 1)));
  }
}

TEST_CASE("sections of doors are checked, those of other doors left alone") {
  ConfigSource source;
  source.sections = {{"proxy",
                      {{.name = "listen", .type = OptionType::text, .default_value = "127.0.0.1:8080"},
                       {.name = "threads", .type = OptionType::integer, .minimum = 1, .maximum = 64}}},
                     {"admin", {{.name = "on", .type = OptionType::boolean, .default_value = "true"}}}};
  source.ignored_sections = {"http"};
  source.text = with("[proxy]\nthreads = 2\n[[http.rules]]\npath = 1\n");
  const auto document = read(source, catalogue());
  REQUIRE_MESSAGE(document.ok(), refusal(document));
  REQUIRE(document->sections.size() == 2);
  CHECK(document->sections.find("proxy")->second.values.integer("threads") == 2);
  CHECK(document->sections.find("proxy")->second.values.text("listen") == "127.0.0.1:8080");
  CHECK(document->sections.find("admin")->second.values.flag("on"));

  source.text = with("[proxy]\nthraeds = 2\n[hhtp]\n");
  const std::string refused = refusal(read(source, catalogue()));
  CHECK(contains(refused, "<text>:6: proxy.thraeds: is not known here; did you mean \"threads\"?"));
  CHECK(contains(refused, "hhtp: is not a known section; did you mean \"http\"?"));

  source.text = with("");
  source.sections[0].options[0].required = true;
  source.sections[0].options[0].default_value.clear();
  CHECK(contains(refusal(read(source, catalogue())), "proxy.listen: is missing"));
}

TEST_CASE("a list of tables in a section") {
  ConfigSource source;
  source.sections = {{"http",
                      {{.name = "user_header", .type = OptionType::text, .default_value = "Remote-User"}},
                      {{"rules",
                        {{.name = "path", .type = OptionType::text, .required = true},
                         {.name = "methods", .type = OptionType::text_list}}}}}};
  source.text = with(
      "[http]\nuser_header = \"X-User\"\n[[http.rules]]\npath = \"/a\"\n\n[[http.rules]]\n"
      "path = \"/b\"\nmethods = [\"GET\", \"PUT\"]\n");
  const auto document = read(source, catalogue());
  REQUIRE_MESSAGE(document.ok(), refusal(document));
  const auto& http = document->sections.find("http")->second;
  CHECK(http.values.text("user_header") == "X-User");
  const auto& rules = http.lists.find("rules")->second;
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].values.text("path") == "/a");
  CHECK(rules[0].where == "<text>:7");
  CHECK(rules[1].values.list("methods") == std::vector<std::string>{"GET", "PUT"});
  CHECK(rules[1].where == "<text>:10");

  const auto refused = [&](const std::string& text) {
    source.text = with(text);
    return refusal(read(source, catalogue()));
  };
  CHECK(contains(refused("[[http.rules]]\npath = \"/a\"\n[[http.rules]]\npaht = \"/b\"\n"),
                 "<text>:8: http.rules[2].paht: is not known here; did you mean \"path\"?"));
  CHECK(contains(refused("[[http.rules]]\nmethods = [\"GET\"]\n"), "<text>:5: http.rules[1].path: is missing"));
  CHECK(contains(refused("[[http.rules]]\npath = 1\n"), "<text>:6: http.rules[1].path: "));
  CHECK(contains(refused("[[http.rules]]\npath = \"/a\"\npath = \"/b\"\n"), "<text>:7: "));
  CHECK(contains(refused("[http.rules]\npath = \"/a\"\n"),
                 "<text>:5: http.rules: must be sections with two brackets each: [[http.rules]]"));
  CHECK(contains(refused("[http]\nrules = \"/a\"\n"), "must be sections with two brackets each: [[http.rules]]"));
  CHECK(contains(refused("[http]\nrules = [{path = \"/a\"}, 1]\n"), "must be sections with two brackets each"));
  CHECK(contains(refused("[[http.rule]]\npath = \"/a\"\n"), "http.rule: is not known here; did you mean \"rules\"?"));
  CHECK(contains(refused("[[http]]\n"), "http: must be a section: [http]"));
  CHECK(contains(refused("[[http.rules]]\npath = \"/a\"\n[http.rules.more]\nx = 1\n"), "more: is not known here"));
}

TEST_CASE("a file is read from where it lies") {
  const Folder folder;
  ConfigSource source;
  source.file =
      folder.write("g.toml", "\xEF\xBB\xBF[realms.r]\r\nchain = [\"b\"]\r\n[backends.b]\r\nplugin = \"htpasswd\"\r\n");
  const auto document = read(source, catalogue());
  REQUIRE_MESSAGE(document.ok(), refusal(document));
  CHECK(document->directory == folder.path());

  folder.write("g.toml", with("workers = 0\n"));
  CHECK(refusal(read(source, catalogue())).starts_with(source.file + ":5: backends.b.workers: "));
}

TEST_CASE("files that are refused") {
  const Folder folder;
  const auto try_file = [&](const std::string& file) {
    ConfigSource source;
    source.file = file;
    return refusal(read(source, catalogue()));
  };
  const std::string good = with("");
  CHECK(contains(try_file(folder / "missing.toml"), "missing.toml: No such file"));
  CHECK(contains(try_file(folder.path()), "is a folder"));
  CHECK(contains(try_file(folder.write("w.toml", good, 0666)), "chmod o-w"));
  CHECK(contains(try_file(folder.write("big.toml", good + std::string(1 << 20, '#'))), "larger than 1MiB"));
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(contains(try_file(folder / "fifo"), "is not a regular file"));
  CHECK(contains(try_file("/dev/null"), "/dev/null: "));
  CHECK(contains(try_file(folder.write("empty.toml", "")), "has no realm"));
  CHECK(contains(try_file(std::string("/etc/x\0y", 8)), "is not the path of a file"));
}
