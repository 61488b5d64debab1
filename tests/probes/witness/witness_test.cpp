// SPDX-License-Identifier: Apache-2.0
// A plugin of boundary 1.0 works with the host of today, with everything the boundary has.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include "yard.hpp"

namespace {

using gatehouse::ChallengeKind;
using gatehouse::CredentialKind;
using gatehouse::Decision;
using gatehouse::DecisionCode;
using gatehouse::Reason;
using gatehouse::Request;

struct Scene {
  Scene() {
    folder.write("word", "s3cret\n");
    REQUIRE(chmod((folder.path() / "word").c_str(), 0600) == 0);
    plugin = folder.bring("witness");
    folder.write("witness.plugin",
                 "id = \"witness\"\nlibrary = \"witness.so\"\nschemes = [\"witness\"]\nshared_names = false\n");
  }
  [[nodiscard]] std::string secret() const { return "secret_file = \"" + (folder.path() / "word").string() + "\"\n"; }
  [[nodiscard]] yard::Loaded open(const std::string& lines) const { return yard::open(plugin, lines + secret()); }
  yard::Folder folder;
  std::string plugin;
};

std::string attribute(const Decision& decision, std::string_view name) {
  for (const auto& [key, value] : decision.identity().attributes) {
    if (key == name) return value;
  }
  return "(none)";
}

Decision ask(const yard::Loaded& loaded, std::string_view user, std::string_view password = "s3cret") {
  return loaded.realm->decide(Request::with_password(user, password));
}

TEST_CASE("every type of option, defaulted and given") {
  const Scene scene;
  const auto defaults = scene.open("text = \"plain\"\n");
  REQUIRE(defaults.error == "");
  const Decision all = ask(defaults, "all");
  CHECK(all.granted());
  constexpr std::array<std::pair<const char*, const char*>, 9> expected = {{{"text", "plain"},
                                                                            {"list", "a;b;"},
                                                                            {"flag", "1"},
                                                                            {"integer", "-5"},
                                                                            {"duration", "250"},
                                                                            {"size", "65536"},
                                                                            {"path", "/nowhere"},
                                                                            {"started", "1"},
                                                                            {"time", "1"}}};
  for (const auto& [name, value] : expected) CHECK(attribute(all, name) == value);

  const auto given = scene.open(
      "text = \"fancy\"\nlist = [\"x\", \"y z\"]\nflag = false\ninteger = 100\nduration = \"2h\"\nsize = \"1MiB\"\n"
      "path = \"/there\"\n");
  REQUIRE(given.error == "");
  const Decision other = ask(given, "all");
  CHECK(attribute(other, "list") == "x;y z;");
  CHECK(attribute(other, "flag") == "0");
  CHECK(attribute(other, "integer") == "100");
  CHECK(attribute(other, "duration") == "7200000");
  CHECK(attribute(other, "size") == "1048576");
  CHECK(attribute(other, "path") == "/there");
}

TEST_CASE("options that are wrong are refused by their description, by create and by start") {
  const Scene scene;
  CHECK(yard::open(scene.plugin, scene.secret()).error.find("text") != std::string::npos);
  CHECK(scene.open("text = \"other\"\n").error.find("plain") != std::string::npos);
  CHECK(scene.open("text = \"plain\"\ninteger = 101\n").error.find("integer") != std::string::npos);
  CHECK(scene.open("text = \"plain\"\ninteger = 13\n").error.find("backends.b.integer: is unlucky") !=
        std::string::npos);
  CHECK(scene.open("text = \"wontstart\"\n").error.find("backends.b.text: asks it not to start") != std::string::npos);
  CHECK(yard::open(scene.plugin, "text = \"plain\"\nsecret = \"in clear\"\n").error.find("secret_file") !=
        std::string::npos);
}

TEST_CASE("everything that can be said of a call arrives") {
  const Scene scene;
  const auto loaded = scene.open("text = \"plain\"\n");
  REQUIRE(loaded.error == "");
  const std::array<gatehouse::Attribute, 3> attributes = {
      {{"client.address", "192.0.2.1"}, {"http.method", "GET"}, {"http.uri", "/not-declared"}}};
  Request request = Request::with_password("all", "s3cret");
  request.attributes = attributes;
  const Decision decision = loaded.realm->decide(request);
  CHECK(decision.subject() == "all");
  CHECK(decision.identity().backend == "b");
  CHECK(decision.identity().groups == std::vector<std::string>{"first", "second"});
  CHECK(attribute(decision, "realm") == "r");
  CHECK(attribute(decision, "client.address") == "192.0.2.1");
  CHECK(attribute(decision, "http.method") == "GET");
  CHECK(attribute(decision, "http.uri") == "(none)");
  REQUIRE(decision.identity().expiry);
  const auto left = *decision.identity().expiry - std::chrono::system_clock::now();
  CHECK(left > std::chrono::minutes(50));
  CHECK(left <= std::chrono::minutes(60));
  CHECK(decision.answer().detail == "everything was said");
  CHECK(decision.answer().claimed_subject == "all");
  CHECK(loaded.logged("b: created"));

  const Decision refused = ask(loaded, "all", "wrong");
  CHECK(refused.code() == DecisionCode::denied);
  CHECK(refused.reason() == Reason::bad_credential);
  CHECK(refused.answer().detail == "another word than the secret");
  CHECK(refused.answer().claimed_subject == "all");
}

TEST_CASE("every verdict") {
  const Scene scene;
  const auto loaded = scene.open("text = \"plain\"\n");
  REQUIRE(loaded.error == "");
  CHECK(ask(loaded, "denied").code() == DecisionCode::denied);
  CHECK(ask(loaded, "somebody").reason() == Reason::unknown_user);
  CHECK(ask(loaded, "down").code() == DecisionCode::unavailable);
  CHECK(ask(loaded, "forbidden").code() == DecisionCode::forbidden);
  CHECK(ask(loaded, "forbidden").subject() == "forbidden");
  CHECK(ask(loaded, "lied").reason() == Reason::plugin_fault);
  CHECK(loaded.realm->decide(Request::with_token("t-robot")).subject() == "robot");
  CHECK(loaded.realm->decide(Request::with_token("other")).code() == DecisionCode::denied);
}

TEST_CASE("challenges, and the answers to them") {
  const Scene scene;
  const auto loaded = scene.open("text = \"plain\"\n");
  REQUIRE(loaded.error == "");
  const Decision decision = ask(loaded, "challenge");
  CHECK(decision.code() == DecisionCode::challenge);
  REQUIRE(decision.challenges().size() == 3);
  CHECK(decision.challenges()[0].kind == ChallengeKind::http_auth);
  CHECK(decision.challenges()[0].scheme == "Witness");
  CHECK(decision.challenges()[0].parameters.at(1) == std::pair<std::string, std::string>("nonce", "n1"));
  CHECK(decision.challenges()[1].kind == ChallengeKind::prompt);
  CHECK(decision.challenges()[2].kind == ChallengeKind::redirect);
  const std::string_view right[] = {"42"};
  const std::string_view wrong[] = {"43"};
  Request response;
  response.credential = CredentialKind::response;
  response.state = decision.challenges()[1].state;
  response.responses = right;
  CHECK(loaded.realm->decide(response).subject() == "prompted");
  response.responses = wrong;
  CHECK(loaded.realm->decide(response).code() == DecisionCode::denied);
}

TEST_CASE("no_store, cache_until and invalidate") {
  const Scene scene;
  const auto loaded = scene.open("text = \"plain\"\n");
  REQUIRE(loaded.error == "");
  const auto remembered = [&](const char* user) {
    return loaded.realm->try_decide(Request::with_password(user, "s3cret")).has_value();
  };
  for (const char* forget : {"forget", "forget-everybody"}) {
    CHECK(ask(loaded, "all").granted());
    CHECK(remembered("all"));
    CHECK(ask(loaded, forget).code() == DecisionCode::denied);
    CHECK_FALSE(remembered("all"));
  }
  CHECK(ask(loaded, "once").granted());
  CHECK_FALSE(remembered("once"));
}

TEST_CASE("background work runs as often as it was asked for") {
  const Scene scene;
  const auto loaded = scene.open("text = \"plain\"\n");
  REQUIRE(loaded.error == "");
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::string runs;
  while (runs != "3" && std::chrono::steady_clock::now() < until) runs = attribute(ask(loaded, "runs"), "runs");
  CHECK(runs == "3");
}

TEST_CASE("a URI form of its own") {
  const Scene scene;
  const auto open = [&](const std::string& uri) {
    auto runtime = gatehouse::Runtime::open({.plugin_dirs = {scene.folder.path().string()}});
    REQUIRE(runtime.ok());
    gatehouse::ConfigSource source;
    source.backends = {uri};
    const auto config = runtime->load(source);
    if (!config) return config.error().message;
    if (const auto started = runtime->start(); !started) return started.error().message;
    const Decision decision = config->realm()->decide(Request::with_password("all", "s3cret"));
    return decision.subject() + " " + attribute(decision, "text") + " " + attribute(decision, "list");
  };
  CHECK(open("witness:fancy," + (scene.folder.path() / "word").string()) == "all fancy one;two;");
  CHECK(open("witness:fancy").find("is written witness:TEXT,SECRETFILE") != std::string::npos);
  CHECK(open("witness:wontstart," + (scene.folder.path() / "word").string()) == "witness: text: asks it not to start");
  CHECK(open("witness:odd," + (scene.folder.path() / "word").string()).find("text") != std::string::npos);
}

}  // namespace
