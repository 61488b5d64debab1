// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the host does for an instance and for a running call.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gatehouse/plugin/description.hpp>

namespace gatehouse::plugin {

using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

enum class LogLevel : std::uint32_t { debug = 0, info = 1, warning = 2, error = 3 };

/// The host, as this instance sees it. A cheap handle, valid from the constructor to the destructor. [any-thread]
class Host {
 public:
  Host(gatehouse_host* host, const gatehouse_host_api* api) noexcept : host_(host), api_(api) {}

  [[nodiscard]] WallTime wall() const noexcept { return WallTime(std::chrono::milliseconds(api_->wall_ms(host_))); }
  /// For intervals; from an arbitrary start, never steps back.
  [[nodiscard]] std::chrono::milliseconds monotonic() const noexcept {
    return std::chrono::milliseconds(api_->monotonic_ms(host_));
  }
  /// The text never holds a password, a token or a piece of one.
  void log(LogLevel level, std::string_view message) const noexcept {
    api_->log(host_, static_cast<gatehouse_log_level>(level), detail::to_c(message));
  }
  /// Drops what is cached of one subject. Call it after authenticate() can see the new state.
  void invalidate(std::string_view subject) const noexcept {
    if (!subject.empty()) api_->invalidate(host_, detail::to_c(subject));
  }
  void invalidate_all() const noexcept { api_->invalidate(host_, gatehouse_str{nullptr, 0}); }
  /// Says which state of its source authenticate() answers from: see gatehouse_source. What is cached of `changed` is
  /// dropped if it is another than before. False if this host does not know of states.
  bool set_state(std::string_view name, std::span<const std::string> changed) const {
    std::vector<gatehouse_str> subjects;
    for (const std::string& subject : changed) subjects.push_back(detail::to_c(subject));
    static constexpr gatehouse_str none{nullptr, 0};
    return set_state(name, subjects.empty() ? &none : subjects.data(), subjects.size());
  }
  /// The same, and anybody may have changed.
  bool set_state(std::string_view name) const noexcept { return set_state(name, nullptr, 0); }
  /// Asks for one run of background(), no sooner than then. The last request counts.
  void wake_after(std::chrono::milliseconds delay) const noexcept {
    const auto ms = delay.count();
    api_->wake_after(host_, ms < 0 ? 0U : ms > INT32_MAX ? std::uint32_t{INT32_MAX} : static_cast<std::uint32_t>(ms));
  }
  /// Says how long the costliest check of one secret takes here. False if this host does not ask for it.
  bool set_refusal_cost(std::chrono::microseconds cost) const noexcept {
    const auto* extension = static_cast<const gatehouse_cost*>(this->extension(GATEHOUSE_EXT_COST));
    if (extension == nullptr || extension->set_refusal_cost == nullptr || cost.count() < 0) return false;
    const auto us = cost.count() > UINT32_MAX ? std::int64_t{UINT32_MAX} : std::int64_t{cost.count()};
    extension->set_refusal_cost(host_, static_cast<std::uint32_t>(us));
    return true;
  }
  /// Null if this host has no such extension.
  [[nodiscard]] const void* extension(std::string_view id) const noexcept {
    return api_->get_extension(host_, detail::to_c(id));
  }
  [[nodiscard]] gatehouse_host* handle() const noexcept { return host_; }
  [[nodiscard]] const gatehouse_host_api& api() const noexcept { return *api_; }

 private:
  bool set_state(std::string_view name, const gatehouse_str* changed, std::size_t count) const noexcept {
    const auto* source = static_cast<const gatehouse_source*>(extension(GATEHOUSE_EXT_SOURCE));
    if (source == nullptr || source->set_state == nullptr) return false;
    source->set_state(host_, detail::to_c(name), changed, count);
    return true;
  }
  gatehouse_host* host_;
  const gatehouse_host_api* api_;
};

enum class ChallengeKind : std::uint32_t { http_auth = 1, prompt = 2, redirect = 3 };

/// What is asked of the caller next. See gatehouse_challenge.
struct Challenge {
  ChallengeKind kind = ChallengeKind::http_auth;
  std::string scheme{};
  std::vector<std::pair<std::string, std::string>> parameters{};
  std::string state{};
};

/// The running authenticate(). [call]
class Call {
 public:
  Call(Host host, gatehouse_call* call) noexcept : host_(host), call_(call) {}

  /// Zero once nobody waits for the answer.
  [[nodiscard]] std::chrono::milliseconds remaining() const noexcept {
    return std::chrono::milliseconds(host_.api().remaining_ms(host_.handle(), call_));
  }
  /// Call it once the account is known and before its secret is checked. If false, return Verdict::stopped() at once.
  [[nodiscard]] bool claim_subject(std::string_view canonical) noexcept {
    return host_.api().claim_subject(host_.handle(), call_, detail::to_c(canonical)) == 1;
  }
  void no_store() noexcept { host_.api().no_store(host_.handle(), call_); }
  void cache_until(WallTime when) noexcept {
    host_.api().cache_until(host_.handle(), call_, when.time_since_epoch().count());
  }
  /// False if it breaks a limit; the call then ends unavailable.
  bool add_challenge(const Challenge& challenge) {
    std::vector<gatehouse_pair> parameters;
    parameters.reserve(challenge.parameters.size());
    for (const auto& [name, value] : challenge.parameters) {
      parameters.push_back({detail::to_c(name), detail::to_c(value)});
    }
    const gatehouse_challenge c{sizeof(gatehouse_challenge),
                                static_cast<std::uint32_t>(challenge.kind),
                                detail::to_c(challenge.scheme),
                                parameters.data(),
                                parameters.size(),
                                detail::to_c(challenge.state)};
    return host_.api().add_challenge(host_.handle(), call_, &c) == 1;
  }
  [[nodiscard]] Host host() const noexcept { return host_; }
  [[nodiscard]] gatehouse_call* handle() const noexcept { return call_; }

 private:
  Host host_;
  gatehouse_call* call_;
};

}  // namespace gatehouse::plugin
