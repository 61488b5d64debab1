// SPDX-License-Identifier: Apache-2.0
// What cannot be used is refused when the configuration is loaded, each with a message of its own.
#include <doctest/doctest.h>

#include <gatehouse/plugin_info.hpp>
#include <set>
#include <string>

#include "yard.hpp"

namespace {

struct Case {
  const char* plugin;
  const char* message;  ///< what the error says after the plugin's path or the backend's name
};

// clang-format off
constexpr Case cases[] = {
    {"no_symbol", "is not a Gatehouse plugin of major version 1: it does not export gatehouse_plugin_v1"},
    {"null_description", "gatehouse_plugin_v1 returned nothing"},
    {"entry_throws", "gatehouse_plugin_v1 threw an exception"},
    {"wrong_major", "speaks major version 2 of the plugin boundary, this host speaks 1"},
    {"newer_minor", "needs minor version 7 of the plugin boundary, this host has 0; upgrade Gatehouse"},
    {"struct_too_small", "describes itself in 40 bytes, this host expects "},
    {"struct_too_large", "describes itself in 4000 bytes, this host expects "},
    {"no_create", "lacks the required function create"},
    {"no_authenticate", "lacks the required function authenticate"},
    {"no_destroy", "lacks the required function destroy"},
    {"broken_id", "has an id that is not [a-z][a-z0-9-]* of at most 32 characters"},
    {"long_id", "has an id that is not [a-z][a-z0-9-]* of at most 32 characters"},
    {"empty_id", "has an id that is not [a-z][a-z0-9-]* of at most 32 characters"},
    {"no_version", "has no version"},
    {"summary_not_text", "has a summary that is not text"},
    {"unknown_credentials", "takes no credential that this host knows (mask 128)"},
    {"no_credentials", "takes no credential that this host knows (mask 0)"},
    {"options_missing", "has a broken list of options"},
    {"too_many_options", "has a broken list of options"},
    {"option_twice", "describes option file twice"},
    {"option_bad_type", "option file has the unknown type 77"},
    {"option_wrong_size", "describes an option in 8 bytes, this host expects "},
    {"option_bad_name", "has an option whose name is not [a-z][a-z0-9_]*"},
    {"option_secret_number", "option pin is secret and not a text"},
    {"uri_option_missing", "names the URI option file that it does not have"},
    {"attribute_without_name", "has an attribute without a name"},
    {"attributes_missing", "has a broken list of attributes"},
    {"background_without_run", "has extension gatehouse.background/1 without run"},
    {"uri_without_parse", "has extension gatehouse.uri/1 without parse"},
    {"undefined_symbol", "undefined symbol: gatehouse_tests_nowhere_defined"},
    {"create_returns_null", "plugin \"create-returns-null\" could not be created and did not say why"},
    {"create_complains", "backends.b.file: is on\\x0athe moon\\x1b[31m"},
    {"create_complains_and_goes_on", "backends.b: this will not do"},
    {"create_throws", "plugin \"create-throws\" threw an exception in create()"},
    {"create_throws_a_number", "plugin \"create-throws-a-number\" threw an exception in create()"},
    {"start_fails", "plugin \"start-fails\" could not be started and did not say why"},
    {"start_lies", "plugin \"start-lies\" could not be started and did not say why"},
    {"start_throws", "plugin \"start-throws\" threw an exception in start()"},
};
// clang-format on

constexpr const char* sizes[] = {"struct_too_small", "struct_too_large", "option_wrong_size"};

TEST_CASE("a sound plugin grants: the control of the experiment") {
  const yard::Folder folder;
  const auto loaded = yard::open(folder.bring("sound"));
  CHECK(loaded.error == "");
  REQUIRE(loaded.realm);
  CHECK(loaded.realm->decide(gatehouse::Request::with_password("bob", "x")).subject() == "bob");
}

TEST_CASE("each defect is refused with a message of its own, and nobody is let in") {
  for (const Case& c : cases) {
    CAPTURE(std::string(c.plugin));
    const yard::Folder folder;
    const std::string path = folder.bring(c.plugin);
    const auto loaded = yard::open(path);
    CHECK(loaded.error.find(c.message) != std::string::npos);
    INFO(loaded.error);
    CHECK(loaded.error.find('\n') == std::string::npos);
    if (loaded.realm) {
      const auto decision = loaded.realm->decide(gatehouse::Request::with_password("bob", "x"));
      CHECK(decision.code() == gatehouse::DecisionCode::unavailable);
    }
    // A second try must not get past the first one's refusal.
    CHECK(yard::open(path).error.find(c.message) != std::string::npos);
  }
}

TEST_CASE("what is wrong before create() is found by describe_plugin too, in the same words") {
  for (const Case& c : cases) {
    CAPTURE(std::string(c.plugin));
    const std::string name = c.plugin;
    if (name.starts_with("create") || name.starts_with("start_")) continue;
    const yard::Folder folder;
    const auto info = gatehouse::describe_plugin(folder.bring(name), {});
    REQUIRE_FALSE(info.ok());
    CHECK(info.error().message.find(c.message) != std::string::npos);
  }
}

TEST_CASE("sizes are named on both sides") {
  for (const char* name : sizes) {
    CAPTURE(std::string(name));
    const yard::Folder folder;
    const std::string error = yard::open(folder.bring(name)).error;
    const auto at = error.find("this host expects ");
    REQUIRE(at != std::string::npos);
    CHECK(std::stoul(error.substr(at + 18)) > 40);
  }
}

TEST_CASE("a broken plugin in the chain is never skipped: a sound one after it does not help") {
  const yard::Folder folder;
  auto runtime = gatehouse::Runtime::open({});
  REQUIRE(runtime.ok());
  gatehouse::ConfigSource source;
  source.text = "[realms.r]\nchain = [\"bad\", \"good\"]\nsubjects = \"shared\"\n[backends.bad]\nplugin = \"" +
                folder.bring("wrong_major") + "\"\non_unavailable = \"next\"\n[backends.good]\nplugin = \"" +
                folder.bring("sound") + "\"\n";
  const auto config = runtime->load(source);
  REQUIRE_FALSE(config.ok());
  CHECK(config.error().message.find("speaks major version 2") != std::string::npos);
}

TEST_CASE("what a plugin throws while it reads a URI goes no further") {
  const yard::Folder folder;
  static_cast<void>(folder.bring("uri_throws"));
  folder.write("uri-throws.plugin",
               "id = \"uri-throws\"\nlibrary = \"uri_throws.so\"\nschemes = [\"uri-throws\"]\nshared_names = false\n");
  gatehouse::RuntimeOptions options;
  options.plugin_dirs = {folder.path().string()};
  auto runtime = gatehouse::Runtime::open(options);
  REQUIRE(runtime.ok());
  gatehouse::ConfigSource source;
  source.backends = {"uri-throws:/somewhere"};
  const auto config = runtime->load(source);
  REQUIRE_FALSE(config.ok());
  CHECK(config.error().message.find("threw an exception while it read this URI") != std::string::npos);
}

TEST_CASE("an id other than the manifest's is refused, naming both") {
  const yard::Folder folder;
  static_cast<void>(folder.bring("sound"));
  folder.write("other.plugin", "id = \"other\"\nlibrary = \"sound.so\"\nschemes = [\"other\"]\nshared_names = false\n");
  CHECK(yard::open("other", {}, folder.path().string())
            .error.find("calls itself \"sound\", its manifest says \"other\"") != std::string::npos);
  folder.write("sound.plugin", "id = \"sound\"\nlibrary = \"sound.so\"\nschemes = [\"sound\"]\nshared_names = false\n");
  CHECK(yard::open("sound", {}, folder.path().string()).error == "");
}

}  // namespace
