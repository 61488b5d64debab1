// SPDX-License-Identifier: Apache-2.0
// What a class says through the skin, as the C boundary sees it.
#include <array>
#include <cstring>

#include <doctest/doctest.h>
#include <fake_plugin_host.hpp>
#include <gatehouse/plugin.hpp>

namespace gh = gatehouse::plugin;
using gatehouse::test::c_str;
using gatehouse::test::FakeCall;
using gatehouse::test::FakeHost;
using gatehouse::test::password_request;

namespace {

/// Answers as the user's name tells it.
class Teller final : public gh::Backend {
 public:
  Teller(gh::Host host, const gh::Options& options) : host_(host) {
    CHECK(options.text("word") == "hello");
    CHECK(options.text("secret") == "s3cret");
    CHECK(options.text("file") == "/etc/x");
    CHECK(options.flag("on"));
    CHECK(options.integer("count") == -7);
    CHECK(options.duration("wait") == std::chrono::milliseconds(250));
    CHECK(options.size("room") == 65536U);
    CHECK(options.list("names") == std::vector<std::string_view>{"a", "b"});
    CHECK_FALSE(options.has("absent"));
    CHECK(options.text("absent").empty());
    CHECK_THROWS_AS(static_cast<void>(options.text("nonesuch")), std::logic_error);
    CHECK_THROWS_AS(static_cast<void>(options.flag("word")), std::logic_error);
    CHECK_THROWS_AS(static_cast<void>(options.text("count")), std::logic_error);
    CHECK_THROWS_AS(static_cast<void>(options.list("word")), std::logic_error);
  }

  gh::Verdict authenticate(const gh::Request& request, gh::Call& call) const override {
    const auto user = request.user();
    if (user == "granted") {
      call.cache_until(gh::WallTime(std::chrono::milliseconds(77)));
      return gh::Verdict::granted({.subject = "alice",
                                   .groups = {"g1", "g2"},
                                   .attributes = {{"email", "a@x"}, {"email", "b@x"}},
                                   .expiry = gh::WallTime(std::chrono::milliseconds(42))});
    }
    if (user == "denied") return gh::Verdict::denied(gh::Reason::locked, "locked in the file");
    if (user == "not_mine") return gh::Verdict::not_mine();
    if (user == "unavailable") return gh::Verdict::unavailable("disk gone");
    if (user == "forbidden") return gh::Verdict::forbidden({.subject = "alice"}, "lacks staff");
    if (user == "challenge") {
      call.no_store();
      return gh::Verdict::challenge(
          call,
          {.kind = gh::ChallengeKind::prompt, .scheme = "otp", .parameters = {{"hidden", "Code:"}}, .state = "1"});
    }
    if (user == "claim") {
      if (!call.claim_subject("canonical")) return gh::Verdict::stopped();
      return gh::Verdict::denied();
    }
    if (user == "attribute") {
      const bool right = request.attribute("client.address") == "192.0.2.1" && !request.attribute("http.method") &&
                         request.realm() == "test" && request.credential() == gh::Credential::password &&
                         request.password() == "pw" && request.response(0).empty();
      return right ? gh::Verdict::granted({.subject = "seen"}) : gh::Verdict::denied();
    }
    CHECK(call.remaining() == std::chrono::milliseconds(1000));
    return gh::Verdict::not_mine();
  }
  void start() override { host_.wake_after(std::chrono::seconds(1)); }
  void background() override { host_.invalidate("alice"); }

  static void parse_uri(std::string_view uri, gh::UriOptions& out) {
    if (uri.size() < 3) throw gh::ConfigError("", "too short");
    out.add("word", uri.substr(0, 2));
    out.add("names", uri.substr(2));
  }

 private:
  gh::Host host_;
};

/// Overrides nothing that may be left out.
class Plain final : public gh::Backend {
 public:
  Plain(gh::Host, const gh::Options&) {}
  gh::Verdict authenticate(const gh::Request&, gh::Call&) const override { return gh::Verdict::not_mine(); }
};

constexpr gh::Description kTellerDescription{
    .id = "teller",
    .version = "1.2",
    .summary = "Tells.",
    .options = {{.name = "word", .required = true, .help = "A word."},
                {.name = "secret", .secret = true},
                {.name = "file", .type = gh::OptionType::path},
                {.name = "on", .type = gh::OptionType::boolean},
                {.name = "count", .type = gh::OptionType::integer, .default_value = "3", .minimum = -10, .maximum = 10},
                {.name = "wait", .type = gh::OptionType::duration},
                {.name = "room", .type = gh::OptionType::size},
                {.name = "names", .type = gh::OptionType::text_list},
                {.name = "absent", .choices = "x|y"}},
    .credentials = gh::Credential::password | gh::Credential::bearer,
    .attributes = {"client.address"},
    .traits = gh::Trait::cpu | gh::Trait::network,
    .uri_option = "word"};
constexpr gh::Description kPlainDescription{.id = "plain", .version = "1", .credentials = gh::Credential::bearer};

constexpr const gatehouse_plugin& kTeller = gh::detail::Entry<Teller, kTellerDescription>::kPlugin;
constexpr const gatehouse_plugin& kPlain = gh::detail::Entry<Plain, kPlainDescription>::kPlugin;
static_assert(kTeller.option_count == 9 && kTeller.attribute_count == 1);
static_assert(kPlain.start == nullptr && kPlain.stop == nullptr);

constexpr std::array<gatehouse_str, 2> kNames{{{"a", 1}, {"b", 1}}};

std::array<gatehouse_option_value, 9> teller_values() {
  std::array<gatehouse_option_value, 9> values{};
  values[0] = {GATEHOUSE_OPTION_TEXT, 1, 0, c_str("hello"), nullptr, 0};
  values[1] = {GATEHOUSE_OPTION_TEXT, 1, 0, c_str("s3cret"), nullptr, 0};
  values[2] = {GATEHOUSE_OPTION_PATH, 1, 0, c_str("/etc/x"), nullptr, 0};
  values[3] = {GATEHOUSE_OPTION_BOOLEAN, 1, 1, {}, nullptr, 0};
  values[4] = {GATEHOUSE_OPTION_INTEGER, 1, -7, {}, nullptr, 0};
  values[5] = {GATEHOUSE_OPTION_DURATION, 1, 250, {}, nullptr, 0};
  values[6] = {GATEHOUSE_OPTION_SIZE, 1, 65536, {}, nullptr, 0};
  values[7] = {GATEHOUSE_OPTION_TEXT_LIST, 1, 0, {}, kNames.data(), kNames.size()};
  values[8] = {GATEHOUSE_OPTION_TEXT, 0, 0, {}, nullptr, 0};
  return values;
}

struct Fixture {
  FakeHost host;
  void* instance = nullptr;
  Fixture() {
    const auto values = teller_values();
    instance = kTeller.create(host.handle(), FakeHost::api(), values.data(), values.size());
    REQUIRE(instance != nullptr);
  }
  ~Fixture() { kTeller.destroy(instance); }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  gatehouse_verdict ask(std::string_view user, FakeCall& call) const {
    const auto request = password_request(user, "pw");
    return kTeller.authenticate(instance, &request, call.handle());
  }
};

std::string text(gatehouse_str s) {
  return {s.data == nullptr ? "" : s.data, s.size};
}

}  // namespace

TEST_CASE("the description arrives whole") {
  CHECK(kTeller.abi_major == GATEHOUSE_ABI_MAJOR);
  CHECK(kTeller.abi_minor == GATEHOUSE_ABI_MINOR);
  CHECK(kTeller.struct_size == sizeof(gatehouse_plugin));
  CHECK(text(kTeller.id) == "teller");
  CHECK(text(kTeller.version) == "1.2");
  CHECK(text(kTeller.summary) == "Tells.");
  CHECK(text(kTeller.uri_option) == "word");
  CHECK(kTeller.credentials == (GATEHOUSE_CREDENTIAL_PASSWORD | GATEHOUSE_CREDENTIAL_BEARER));
  CHECK(kTeller.traits == (GATEHOUSE_TRAIT_CPU | GATEHOUSE_TRAIT_NETWORK));
  CHECK(text(kTeller.attributes[0]) == "client.address");
  const gatehouse_option& word = kTeller.options[0];
  CHECK(word.struct_size == sizeof(gatehouse_option));
  CHECK(word.flags == GATEHOUSE_OPTION_REQUIRED);
  CHECK(word.type == GATEHOUSE_OPTION_TEXT);
  CHECK(text(word.help) == "A word.");
  CHECK(kTeller.options[1].flags == GATEHOUSE_OPTION_SECRET);
  const gatehouse_option& count = kTeller.options[4];
  CHECK(count.type == GATEHOUSE_OPTION_INTEGER);
  CHECK(text(count.default_value) == "3");
  CHECK(count.minimum == -10);
  CHECK(count.maximum == 10);
  CHECK(text(kTeller.options[8].choices) == "x|y");
  CHECK(kTeller.options[6].type == GATEHOUSE_OPTION_SIZE);
  CHECK(kTeller.options[2].type == GATEHOUSE_OPTION_PATH);
  CHECK(kTeller.options[7].type == GATEHOUSE_OPTION_TEXT_LIST);
}

TEST_CASE("extensions are announced only by classes that have them") {
  CHECK(kTeller.get_extension(c_str(GATEHOUSE_EXT_BACKGROUND)) != nullptr);
  CHECK(kTeller.get_extension(c_str(GATEHOUSE_EXT_URI)) != nullptr);
  CHECK(kTeller.get_extension(c_str("gatehouse.background/2")) == nullptr);
  CHECK(kTeller.get_extension({nullptr, 0}) == nullptr);
  CHECK(kPlain.get_extension(c_str(GATEHOUSE_EXT_BACKGROUND)) == nullptr);
  CHECK(kPlain.get_extension(c_str(GATEHOUSE_EXT_URI)) == nullptr);
}

TEST_CASE_FIXTURE(Fixture, "verdicts keep their numbers, and carry what was said") {
  FakeCall granted;
  CHECK(ask("granted", granted) == GATEHOUSE_VERDICT_GRANTED);
  CHECK(granted.subject == "alice");
  CHECK(granted.groups == std::vector<std::string>{"g1", "g2"});
  CHECK(granted.attributes.size() == 2);
  CHECK(granted.expiry_ms == 42);
  CHECK(granted.cache_until_ms == 77);

  FakeCall denied;
  CHECK(ask("denied", denied) == GATEHOUSE_VERDICT_DENIED);
  CHECK(denied.reason == GATEHOUSE_REASON_LOCKED);
  CHECK(denied.detail == "locked in the file");
  CHECK(denied.subject.empty());

  FakeCall not_mine;
  CHECK(ask("not_mine", not_mine) == GATEHOUSE_VERDICT_NOT_MINE);
  CHECK(not_mine.reason == GATEHOUSE_REASON_UNKNOWN_USER);

  FakeCall unavailable;
  CHECK(ask("unavailable", unavailable) == GATEHOUSE_VERDICT_UNAVAILABLE);
  CHECK(unavailable.reason == GATEHOUSE_REASON_BACKEND_ERROR);
  CHECK(unavailable.detail == "disk gone");

  FakeCall forbidden;
  CHECK(ask("forbidden", forbidden) == GATEHOUSE_VERDICT_FORBIDDEN);
  CHECK(forbidden.reason == GATEHOUSE_REASON_INSUFFICIENT);
  CHECK(forbidden.subject == "alice");
}

TEST_CASE_FIXTURE(Fixture, "a challenge that breaks a limit is unavailable") {
  FakeCall taken;
  CHECK(ask("challenge", taken) == GATEHOUSE_VERDICT_CHALLENGE);
  CHECK(taken.no_store);
  CHECK(taken.challenge_schemes == std::vector<std::string>{"otp"});
  FakeCall refused;
  refused.takes_challenges = false;
  CHECK(ask("challenge", refused) == GATEHOUSE_VERDICT_UNAVAILABLE);
  CHECK(refused.reason == GATEHOUSE_REASON_PLUGIN_FAULT);
}

TEST_CASE_FIXTURE(Fixture, "claim_subject stops the call when the host says so") {
  FakeCall goes_on;
  CHECK(ask("claim", goes_on) == GATEHOUSE_VERDICT_DENIED);
  CHECK(goes_on.claimed == "canonical");
  FakeCall stops;
  stops.claim_goes_on = false;
  CHECK(ask("claim", stops) == GATEHOUSE_VERDICT_UNAVAILABLE);
  CHECK(stops.reason == GATEHOUSE_REASON_THROTTLED);
}

TEST_CASE_FIXTURE(Fixture, "requests are read as given") {
  const gatehouse_pair address{c_str("client.address"), c_str("192.0.2.1")};
  auto request = password_request("attribute", "pw");
  request.attributes = &address;
  request.attribute_count = 1;
  FakeCall call;
  CHECK(kTeller.authenticate(instance, &request, call.handle()) == GATEHOUSE_VERDICT_GRANTED);
  request.attribute_count = 0;
  FakeCall without;
  CHECK(kTeller.authenticate(instance, &request, without.handle()) == GATEHOUSE_VERDICT_DENIED);
  FakeCall other;
  CHECK(ask("", other) == GATEHOUSE_VERDICT_NOT_MINE);
}

TEST_CASE_FIXTURE(Fixture, "start, background and the host's services") {
  REQUIRE((kTeller.start != nullptr));
  CHECK((kTeller.stop == nullptr));
  CHECK(kTeller.start(instance) == 1);
  CHECK(host.wake_at == host.monotonic + 1000);
  const auto* background =
      static_cast<const gatehouse_background*>(kTeller.get_extension(c_str(GATEHOUSE_EXT_BACKGROUND)));
  background->run(instance);
  CHECK(host.invalidated() == std::vector<std::string>{"alice"});
}

TEST_CASE("the host wrapper keeps units and limits") {
  FakeHost fake;
  const gh::Host host(fake.handle(), FakeHost::api());
  CHECK(host.wall().time_since_epoch().count() == fake.wall);
  CHECK(host.monotonic().count() == fake.monotonic);
  CHECK(host.set_refusal_cost(std::chrono::milliseconds(90)));
  CHECK(fake.refusal_cost_us == 90'000U);
  CHECK_FALSE(host.set_refusal_cost(std::chrono::microseconds(-1)));
  CHECK(host.set_refusal_cost(std::chrono::hours(1000)));
  CHECK(fake.refusal_cost_us == UINT32_MAX);
  fake.has_cost_extension = false;
  CHECK_FALSE(host.set_refusal_cost(std::chrono::milliseconds(90)));

  host.invalidate("");  // an empty name must not mean everybody by accident
  CHECK(fake.invalidated().empty());
  host.invalidate_all();
  CHECK(fake.invalidated() == std::vector<std::string>{""});
  host.wake_after(std::chrono::milliseconds(-5));
  CHECK(fake.wake_at == fake.monotonic);
  host.wake_after(std::chrono::hours(10'000));
  CHECK(fake.wake_at == fake.monotonic + INT32_MAX);
}

TEST_CASE("secrets are compared whole") {
  CHECK(gh::equal_constant_time("", ""));
  CHECK(gh::equal_constant_time("abc", "abc"));
  CHECK_FALSE(gh::equal_constant_time("abc", "abd"));
  CHECK_FALSE(gh::equal_constant_time("abc", "xbc"));
  CHECK_FALSE(gh::equal_constant_time("abc", "ab"));
  CHECK_FALSE(gh::equal_constant_time("abc", "abcd"));
  CHECK_FALSE(gh::equal_constant_time(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

namespace {
struct Emitted {
  std::vector<std::pair<std::string, std::string>> options;
  std::string error;
};
void emit(void* context, gatehouse_str option, gatehouse_str value) {
  static_cast<Emitted*>(context)->options.emplace_back(text(option), text(value));
}
void fail(void* context, gatehouse_str message) {
  static_cast<Emitted*>(context)->error = text(message);
}
}  // namespace

TEST_CASE("a URI form of its own") {
  const auto* uri = static_cast<const gatehouse_uri*>(kTeller.get_extension(c_str(GATEHOUSE_EXT_URI)));
  Emitted good;
  CHECK(uri->parse(c_str("abcd"), &good, &emit, &fail) == 1);
  CHECK(good.options == std::vector<std::pair<std::string, std::string>>{{"word", "ab"}, {"names", "cd"}});
  Emitted bad;
  CHECK(uri->parse(c_str("a"), &bad, &emit, &fail) == 0);
  CHECK(bad.error == "too short");
}

TEST_CASE("unsound descriptions are seen at compile time") {
  using gh::Credential;
  using gh::Description;
  using gh::detail::is_sound;
  static_assert(is_sound(Description{.id = "a-1", .version = "1", .credentials = Credential::password}));
  static_assert(!is_sound(Description{.id = "", .version = "1", .credentials = Credential::password}));
  static_assert(!is_sound(Description{.id = "1a", .version = "1", .credentials = Credential::password}));
  static_assert(!is_sound(Description{.id = "A", .version = "1", .credentials = Credential::password}));
  static_assert(!is_sound(Description{.id = "a/b", .version = "1", .credentials = Credential::password}));
  static_assert(!is_sound(Description{.id = "a", .credentials = Credential::password}));
  static_assert(!is_sound(Description{.id = "a", .version = "1"}));
  static_assert(!is_sound(Description{
      .id = "a", .version = "1", .options = {{.name = "x"}, {.name = "x"}}, .credentials = Credential::password}));
  static_assert(!is_sound(Description{
      .id = "a", .version = "1", .options = {{.name = "x"}}, .credentials = Credential::password, .uri_option = "y"}));
  CHECK(is_sound(kTellerDescription));
}
