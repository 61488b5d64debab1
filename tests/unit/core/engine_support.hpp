// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A clock that a test sets, and backends without shared objects whose answers a test writes.
#include <gatehouse/plugin.h>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "boundary/instance.hpp"
#include "boundary/str.hpp"
#include "runtime/realm_state.hpp"

namespace gatehouse::test {

using detail::SteadyTime;

class FakeClock final : public detail::Clock {
 public:
  [[nodiscard]] SteadyTime steady() const noexcept override { return SteadyTime(std::chrono::nanoseconds(steady_ns_)); }
  [[nodiscard]] WallTime wall() const noexcept override { return WallTime(std::chrono::milliseconds(wall_ms_)); }
  void sleep_until(SteadyTime when) noexcept override {
    if (when > steady()) advance(when - steady());
  }
  void advance(std::chrono::nanoseconds time) noexcept {
    steady_ns_ += time.count();
    wall_ms_ += std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  }
  /// Somebody sets the machine's clock.
  void step_wall(std::chrono::milliseconds by) noexcept { wall_ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> steady_ns_{1'000'000'000'000};
  std::atomic<std::int64_t> wall_ms_{1'700'000'000'000};
};

/// What one backend does when it is asked, and what it says meanwhile through the host functions.
struct Script {
  using Answer = std::function<gatehouse_verdict(gatehouse_host*, const gatehouse_host_api*, const gatehouse_request&,
                                                 gatehouse_call*)>;
  Answer answer;
  std::function<void()> background{};
  std::function<void(gatehouse_host*, const gatehouse_host_api*)> on_create{};
  std::function<void(gatehouse_host*, const gatehouse_host_api*)> on_destroy{};
  std::uint32_t credentials = GATEHOUSE_CREDENTIAL_PASSWORD;
  std::vector<std::string> attributes{};
  int asked = 0;
  gatehouse_host* host = nullptr;
  const gatehouse_host_api* api = nullptr;
};

namespace detail_script {
/// create() has no context of its own.
inline Script*& being_created() {
  static Script* script = nullptr;
  return script;
}
inline void* create(gatehouse_host* host, const gatehouse_host_api* api, const gatehouse_option_value*, size_t) {
  Script* script = being_created();
  script->host = host;
  script->api = api;
  if (script->on_create) script->on_create(host, api);
  return script;
}
inline gatehouse_verdict authenticate(void* instance, const gatehouse_request* request, gatehouse_call* call) {
  auto& script = *static_cast<Script*>(instance);
  ++script.asked;
  return script.answer(script.host, script.api, *request, call);
}
inline void destroy(void* instance) {
  auto& script = *static_cast<Script*>(instance);
  if (script.on_destroy) script.on_destroy(script.host, script.api);
}
inline void run(void* instance) {
  static_cast<Script*>(instance)->background();
}
inline constexpr gatehouse_background background{&run};
inline const gatehouse_plugin& description() {
  static const gatehouse_plugin plugin = [] {
    gatehouse_plugin p{};
    p.abi_major = GATEHOUSE_ABI_MAJOR;
    p.struct_size = sizeof p;
    p.create = &create;
    p.authenticate = &authenticate;
    p.destroy = &destroy;
    return p;
  }();
  return plugin;
}
}  // namespace detail_script

inline std::unique_ptr<detail::Instance> make_instance(
    Script& script, const std::string& name, detail::Clock& clock, detail::LogQueue& log,
    std::shared_ptr<detail::Epochs> epochs = detail::Epochs::alone()) {
  auto plugin = std::make_shared<detail::Plugin>();
  plugin->description = &detail_script::description();
  plugin->create = plugin->description->create;
  plugin->id = "scripted";
  plugin->credentials = script.credentials;
  plugin->attributes = script.attributes;
  if (script.background) plugin->background = &detail_script::background;
  detail_script::being_created() = &script;
  config::Problems problems;
  return detail::Instance::create(plugin, name, OptionValues(), {}, 4, clock, log, problems, std::move(epochs));
}

/// An engine in inline mode over scripted backends, named "b0", "b1" and so on.
class InlineEngine {
 public:
  explicit InlineEngine(std::shared_ptr<detail::Region> region = nullptr) {
    RuntimeOptions options;
    options.mode = RuntimeOptions::Mode::inline_calls;
    options.log = [this](LogLevel, std::string_view line) { log.emplace_back(line); };
    engine = std::make_shared<detail::Engine>(std::move(options), clock, std::move(region));
    engine->remember(100);
    static_cast<void>(engine->prepare());
    engine->open_door();
  }

  std::shared_ptr<detail::Backend> backend(Script& script, const std::string& name,
                                           config::OnUnavailable policy = config::OnUnavailable::end,
                                           std::string prefix = {}) {
    detail::BackendSettings settings;
    settings.name = name;
    settings.on_unavailable = policy;
    settings.subject_prefix = std::move(prefix);
    const detail::Digest definition = detail::PartsDigest().add(name).finish();
    auto epochs = std::make_shared<detail::Epochs>(engine->memory->region, definition);
    auto made = std::make_shared<detail::Backend>(make_instance(script, name, clock, engine->log, std::move(epochs)),
                                                  settings, definition, engine);
    static_cast<void>(made->start(false));
    return made;
  }

  std::shared_ptr<const detail::RealmState> realm(std::vector<std::shared_ptr<detail::Backend>> chain,
                                                  std::chrono::milliseconds ttl = std::chrono::minutes(5)) {
    config::RealmDefinition definition;
    definition.name = "r";
    cache.ttl = ttl;
    return std::make_shared<const detail::RealmState>(engine, definition, std::move(chain), cache, throttle);
  }

  static std::shared_ptr<const Answer> ask(const std::shared_ptr<const detail::RealmState>& realm,
                                           std::string_view user, std::string_view password = "right") {
    return realm->decide(realm, Request::with_password(user, password), {});
  }

  /// Of the next realm() that is made.
  config::CacheSettings cache = [] {
    config::CacheSettings settings;
    settings.jitter = std::chrono::milliseconds(0);
    return settings;
  }();
  config::ThrottleSettings throttle;
  std::vector<std::string> log;
  FakeClock clock;
  std::shared_ptr<detail::Engine> engine;
};

/// Grants the user that was typed.
inline gatehouse_verdict grant(gatehouse_host* host, const gatehouse_host_api* api, const gatehouse_request& request,
                               gatehouse_call* call) {
  api->set_subject(host, call, request.user);
  return GATEHOUSE_VERDICT_GRANTED;
}

}  // namespace gatehouse::test
