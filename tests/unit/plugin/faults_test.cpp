// SPDX-License-Identifier: Apache-2.0
// Exceptions stay inside the plugin, whatever they are and wherever they come from.
#include <new>

#include <doctest/doctest.h>
#include <fake_plugin_host.hpp>
#include <gatehouse/plugin.hpp>

namespace gh = gatehouse::plugin;
using gatehouse::test::c_str;
using gatehouse::test::FakeCall;
using gatehouse::test::FakeHost;
using gatehouse::test::password_request;

namespace {

enum class Where { nowhere, constructor, start, authenticate, stop, background };
enum class What { config_error, runtime_error, bad_alloc, number };

constexpr std::string_view kCanary = "hunter2";

[[noreturn]] void fail(What what) {
  switch (what) {
    case What::config_error:
      throw gh::ConfigError("file", "is not readable");
    case What::runtime_error:
      throw std::runtime_error("near " + std::string(kCanary));
    case What::bad_alloc:
      throw std::bad_alloc();
    case What::number:
      break;
  }
  throw 7;  // NOLINT: some code throws anything
}

class Faulty final : public gh::Backend {
 public:
  Faulty(gh::Host, const gh::Options& options)
      : where_(static_cast<Where>(options.integer("where"))), what_(static_cast<What>(options.integer("what"))) {
    at(Where::constructor);
  }
  gh::Verdict authenticate(const gh::Request&, gh::Call&) const override {
    at(Where::authenticate);
    return gh::Verdict::granted({.subject = "alice"});
  }
  void start() override { at(Where::start); }
  void stop() override { at(Where::stop); }
  void background() override { at(Where::background); }

 private:
  void at(Where where) const {
    if (where == where_) fail(what_);
  }
  Where where_;
  What what_;
};

constexpr gh::Description kDescription{
    .id = "faulty",
    .version = "1",
    .options = {{.name = "where", .type = gh::OptionType::integer}, {.name = "what", .type = gh::OptionType::integer}},
    .credentials = gh::Credential::password};
constexpr const gatehouse_plugin& kFaulty = gh::detail::Entry<Faulty, kDescription>::kPlugin;

void* create(FakeHost& host, Where where, What what, std::size_t count = 2) {
  const gatehouse_option_value values[2] = {
      {GATEHOUSE_OPTION_INTEGER, 1, static_cast<std::int64_t>(where), {}, nullptr, 0},
      {GATEHOUSE_OPTION_INTEGER, 1, static_cast<std::int64_t>(what), {}, nullptr, 0}};
  return kFaulty.create(host.handle(), FakeHost::api(), values, count);
}

constexpr What kEvery[] = {What::config_error, What::runtime_error, What::bad_alloc, What::number};

}  // namespace

TEST_CASE("out of the constructor: NULL after config_error") {
  for (const What what : kEvery) {
    FakeHost host;
    CHECK(create(host, Where::constructor, what) == nullptr);
    REQUIRE(host.config_errors().size() == 1);
    CHECK_FALSE(host.config_errors()[0].second.empty());
  }
  FakeHost host;
  CHECK(create(host, Where::constructor, What::config_error) == nullptr);
  CHECK(host.config_errors()[0] == std::pair<std::string, std::string>{"file", "is not readable"});
}

TEST_CASE("another number of values than described is refused before the class is made") {
  FakeHost host;
  CHECK(create(host, Where::nowhere, What::number, 1) == nullptr);
  CHECK(host.config_errors().size() == 1);
}

TEST_CASE("out of start: 0 after config_error") {
  for (const What what : kEvery) {
    FakeHost host;
    void* instance = create(host, Where::start, what);
    REQUIRE(instance != nullptr);
    CHECK(kFaulty.start(instance) == 0);
    CHECK(host.config_errors().size() == 1);
    kFaulty.destroy(instance);
  }
}

TEST_CASE("out of authenticate: unavailable, plugin_fault, a log line without the exception's text") {
  for (const What what : kEvery) {
    FakeHost host;
    void* instance = create(host, Where::authenticate, what);
    REQUIRE(instance != nullptr);
    CHECK(kFaulty.start(instance) == 1);
    const auto request = password_request("alice", kCanary);
    FakeCall call;
    CHECK(kFaulty.authenticate(instance, &request, call.handle()) == GATEHOUSE_VERDICT_UNAVAILABLE);
    CHECK(call.reason == GATEHOUSE_REASON_PLUGIN_FAULT);
    CHECK(call.subject.empty());
    CHECK(host.logged(GATEHOUSE_LOG_ERROR, "plugin fault"));
    CHECK_FALSE(host.ever_logged(kCanary));
    CHECK(call.detail.find(kCanary) == std::string::npos);
    kFaulty.destroy(instance);
  }
}

TEST_CASE("out of stop and background: a log line") {
  for (const What what : kEvery) {
    for (const Where where : {Where::stop, Where::background}) {
      FakeHost host;
      void* instance = create(host, where, what);
      REQUIRE(instance != nullptr);
      if (where == Where::stop) {
        kFaulty.stop(instance);
      } else {
        static_cast<const gatehouse_background*>(kFaulty.get_extension(c_str(GATEHOUSE_EXT_BACKGROUND)))->run(instance);
      }
      CHECK(host.logged(GATEHOUSE_LOG_ERROR, "plugin fault"));
      kFaulty.destroy(instance);
    }
  }
}

TEST_CASE("nothing thrown, nothing logged") {
  FakeHost host;
  void* instance = create(host, Where::nowhere, What::number);
  REQUIRE(instance != nullptr);
  const auto request = password_request("alice", "x");
  FakeCall call;
  CHECK(kFaulty.authenticate(instance, &request, call.handle()) == GATEHOUSE_VERDICT_GRANTED);
  CHECK(host.lines().empty());
  kFaulty.destroy(instance);
}
