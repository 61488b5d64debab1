// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A host of plugins for unit tests: it records what an instance says, and its clocks are set by the test.
/// [any-thread], as the real one.
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gatehouse/plugin.h>

namespace gatehouse::test {

/// One running authenticate(). Used by one thread.
struct FakeCall {
  std::uint32_t remaining_ms = 1000;
  bool claim_goes_on = true;
  bool takes_challenges = true;

  std::string subject;
  std::string claimed;
  std::vector<std::string> groups;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::optional<std::int64_t> expiry_ms;
  std::optional<std::int64_t> cache_until_ms;
  gatehouse_reason reason = GATEHOUSE_REASON_NONE;
  std::string detail;
  bool no_store = false;
  std::vector<std::string> challenge_schemes;
  std::vector<std::pair<std::string, std::string>> challenge_parameters;  ///< of all challenges, one after the other

  [[nodiscard]] gatehouse_call* handle() { return reinterpret_cast<gatehouse_call*>(this); }
};

class FakeHost {
 public:
  struct Line {
    gatehouse_log_level level;
    std::string text;
  };

  std::atomic<std::int64_t> wall{1'700'000'000'000};
  std::atomic<std::int64_t> monotonic{1'000'000};
  std::atomic<bool> has_cost_extension{true};
  std::atomic<bool> has_source_extension{false};
  std::function<void()> on_change;  ///< called by invalidate() and set_state(); set before there are threads
  std::atomic<std::uint32_t> refusal_cost_us{0};
  std::atomic<std::int64_t> wake_at{-1};  ///< on the monotonic clock; -1 = never asked

  [[nodiscard]] gatehouse_host* handle() { return reinterpret_cast<gatehouse_host*>(this); }
  [[nodiscard]] static const gatehouse_host_api* api() {
    static constexpr gatehouse_host_api kApi{
        GATEHOUSE_ABI_MAJOR,
        GATEHOUSE_ABI_MINOR,
        sizeof(gatehouse_host_api),
        [](gatehouse_host* host) { return self(host).wall.load(); },
        [](gatehouse_host* host) { return self(host).monotonic.load(); },
        &add_line,
        [](gatehouse_host* host, gatehouse_str option, gatehouse_str message) {
          const std::lock_guard lock(self(host).mutex_);
          self(host).config_errors_.emplace_back(copy(option), copy(message));
        },
        [](gatehouse_host*, gatehouse_call* call) { return of(call).remaining_ms; },
        [](gatehouse_host*, gatehouse_call* call, gatehouse_str text) { of(call).subject = copy(text); },
        [](gatehouse_host*, gatehouse_call* call, gatehouse_str text) { of(call).groups.push_back(copy(text)); },
        [](gatehouse_host*, gatehouse_call* call, gatehouse_str name, gatehouse_str value) {
          of(call).attributes.emplace_back(copy(name), copy(value));
        },
        [](gatehouse_host*, gatehouse_call* call, std::int64_t ms) { of(call).expiry_ms = ms; },
        [](gatehouse_host*, gatehouse_call* call, gatehouse_reason reason) { of(call).reason = reason; },
        [](gatehouse_host*, gatehouse_call* call, gatehouse_str text) { of(call).detail = copy(text); },
        [](gatehouse_host*, gatehouse_call* call) { of(call).no_store = true; },
        [](gatehouse_host*, gatehouse_call* call, std::int64_t ms) { of(call).cache_until_ms = ms; },
        &challenge,
        [](gatehouse_host*, gatehouse_call* call, gatehouse_str text) {
          of(call).claimed = copy(text);
          return of(call).claim_goes_on ? std::int32_t{1} : std::int32_t{0};
        },
        [](gatehouse_host* host, gatehouse_str subject) {
          const std::lock_guard lock(self(host).mutex_);
          self(host).invalidated_.push_back(copy(subject));
          if (self(host).on_change) self(host).on_change();
        },
        [](gatehouse_host* host, std::uint32_t ms) { self(host).wake_at = self(host).monotonic + ms; },
        &extension};
    return &kApi;
  }

  [[nodiscard]] std::vector<Line> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  [[nodiscard]] bool logged(gatehouse_log_level level, std::string_view part) const {
    const std::lock_guard lock(mutex_);
    for (const Line& line : lines_) {
      if (line.level == level && line.text.find(part) != std::string::npos) return true;
    }
    return false;
  }
  [[nodiscard]] bool ever_logged(std::string_view part) const {
    return logged(GATEHOUSE_LOG_DEBUG, part) || logged(GATEHOUSE_LOG_INFO, part) ||
           logged(GATEHOUSE_LOG_WARNING, part) || logged(GATEHOUSE_LOG_ERROR, part);
  }
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> config_errors() const {
    const std::lock_guard lock(mutex_);
    return config_errors_;
  }
  /// Subjects in the order of invalidate(); "" = everybody.
  [[nodiscard]] std::vector<std::string> invalidated() const {
    const std::lock_guard lock(mutex_);
    return invalidated_;
  }
  /// As set_state() named them, in order.
  [[nodiscard]] std::vector<std::string> states() const {
    const std::lock_guard lock(mutex_);
    return states_;
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    lines_.clear();
    config_errors_.clear();
    invalidated_.clear();
    states_.clear();
  }

 private:
  static FakeHost& self(gatehouse_host* host) { return *reinterpret_cast<FakeHost*>(host); }
  static FakeCall& of(gatehouse_call* call) { return *reinterpret_cast<FakeCall*>(call); }
  static std::string copy(gatehouse_str text) { return {text.data == nullptr ? "" : text.data, text.size}; }

  static void add_line(gatehouse_host* host, gatehouse_log_level level, gatehouse_str text) {
    const std::lock_guard lock(self(host).mutex_);
    self(host).lines_.push_back({level, copy(text)});
  }
  static const void* extension(gatehouse_host* host, gatehouse_str id) {
    static constexpr gatehouse_cost kCost{[](gatehouse_host* h, std::uint32_t us) { self(h).refusal_cost_us = us; }};
    static constexpr gatehouse_source kSource{
        [](gatehouse_host* h, gatehouse_str name, const gatehouse_str*, std::size_t) {
          const std::lock_guard lock(self(h).mutex_);
          self(h).states_.push_back(copy(name));
          if (self(h).on_change) self(h).on_change();
        }};
    if (self(host).has_source_extension && copy(id) == GATEHOUSE_EXT_SOURCE) return &kSource;
    return self(host).has_cost_extension && copy(id) == GATEHOUSE_EXT_COST ? &kCost : nullptr;
  }
  static std::int32_t challenge(gatehouse_host*, gatehouse_call* call, const gatehouse_challenge* c) {
    if (!of(call).takes_challenges || c->struct_size != sizeof(gatehouse_challenge)) return 0;
    of(call).challenge_schemes.push_back(copy(c->scheme));
    for (std::size_t i = 0; i < c->parameter_count; ++i) {
      of(call).challenge_parameters.emplace_back(copy(c->parameters[i].name), copy(c->parameters[i].value));
    }
    return 1;
  }

  mutable std::mutex mutex_;
  std::vector<Line> lines_;
  std::vector<std::pair<std::string, std::string>> config_errors_;
  std::vector<std::string> invalidated_;
  std::vector<std::string> states_;
};

[[nodiscard]] inline gatehouse_str c_str(std::string_view text) {
  return {text.data(), text.size()};
}

/// A password request. The texts must outlive it.
[[nodiscard]] inline gatehouse_request password_request(std::string_view user, std::string_view password) {
  gatehouse_request request{};
  request.struct_size = sizeof(gatehouse_request);
  request.credential = GATEHOUSE_CREDENTIAL_PASSWORD;
  request.realm = c_str("test");
  request.user = c_str(user);
  request.password = c_str(password);
  return request;
}

/// A request with a bearer token. The text must outlive it.
[[nodiscard]] inline gatehouse_request bearer_request(std::string_view token) {
  gatehouse_request request{};
  request.struct_size = sizeof(gatehouse_request);
  request.credential = GATEHOUSE_CREDENTIAL_BEARER;
  request.realm = c_str("test");
  request.token = c_str(token);
  return request;
}

}  // namespace gatehouse::test
