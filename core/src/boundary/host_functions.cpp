// SPDX-License-Identifier: Apache-2.0
#include "boundary/host_functions.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <thread>
#include <vector>

#include "boundary/instance.hpp"
#include "boundary/str.hpp"
#include "text/utf8.hpp"

namespace gatehouse::detail {

/// The functions of gatehouse_host_api, in its order. A friend of Instance.
struct HostFunctions {
  static Instance& self(gatehouse_host* host) noexcept { return *host->instance; }

  /// Runs `use(record)` on a living call of this thread, and keeps exceptions and breaches inside. What is said of a
  /// call by another thread than its own changes nothing: a plugin that mixes up its callers must not mix up ours.
  template <typename Use>
  static void record(gatehouse_host* host, gatehouse_call* call, Use&& use) noexcept {
    bool own = true;
    const bool alive =
        self(host).calls_.with(call, [&](CallRecord& record, SteadyTime, const std::atomic<bool>&) noexcept {
          own = record.thread == std::this_thread::get_id();
          if (!own) return;
          try {
            std::forward<Use>(use)(record);
          } catch (...) {
            record.out_of_memory = true;
          }
        });
    if (!alive) self(host).misbehaved("used a call that had ended");
    if (!own) self(host).misbehaved("answered a call from a thread that does not run it");
  }

  static void breach(CallRecord& record, std::string_view what) {
    if (record.fault.empty()) record.fault = what;
  }

  /// Counts what a call copies; false and a breach when it is too much.
  static bool take(CallRecord& record, std::size_t bytes) {
    if (bytes > max_call_bytes - record.bytes) {
      breach(record, "said more than " + std::to_string(max_call_bytes) + " bytes in one call");
      return false;
    }
    record.bytes += bytes;
    return true;
  }

  static bool is_name(const gatehouse_str& text, std::size_t limit) {
    return text.size > 0 && text.size <= limit && text.data != nullptr && text::is_utf8(view(text)) &&
           !text::has_control(view(text));
  }

  static int64_t wall_ms(gatehouse_host* host) { return self(host).clock_.wall().time_since_epoch().count(); }
  static int64_t monotonic_ms(gatehouse_host* host) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(self(host).clock_.steady().time_since_epoch()).count();
  }

  static void log(gatehouse_host* host, gatehouse_log_level level, gatehouse_str message) {
    const auto known = std::min(level, GATEHOUSE_LOG_ERROR);
    try {
      self(host).log_.add(static_cast<LogLevel>(known), self(host).name_ + ": " + std::string(view(message)));
    } catch (...) {
      self(host).misbehaved("memory ran out while it logged");
    }
  }

  static void config_error(gatehouse_host* host, gatehouse_str option, gatehouse_str message) {
    try {
      self(host).config_error(view(option), view(message));
    } catch (...) {
      self(host).misbehaved("memory ran out while it reported an error");
    }
  }

  static uint32_t remaining_ms(gatehouse_host* host, gatehouse_call* call) {
    uint32_t left = 0;
    self(host).calls_.with(call, [&](CallRecord&, SteadyTime deadline, const std::atomic<bool>& abandoned) {
      if (abandoned.load()) return;
      const auto ms =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - self(host).clock_.steady()).count();
      left = static_cast<uint32_t>(std::clamp<int64_t>(ms, 0, std::numeric_limits<uint32_t>::max()));
    });
    return left;
  }

  static void set_subject(gatehouse_host* host, gatehouse_call* call, gatehouse_str subject) {
    record(host, call, [&](CallRecord& r) {
      if (!is_name(subject, max_subject)) return breach(r, "gave a subject that is empty, too long or not plain UTF-8");
      r.identity.subject = view(subject);
    });
  }

  static void add_group(gatehouse_host* host, gatehouse_call* call, gatehouse_str group) {
    record(host, call, [&](CallRecord& r) {
      if (!is_name(group, max_call_bytes)) return breach(r, "gave a group that is empty or not plain UTF-8");
      if (r.identity.groups.size() >= max_groups) return breach(r, "gave too many groups");
      if (take(r, group.size)) r.identity.groups.emplace_back(view(group));
    });
  }

  static void add_attribute(gatehouse_host* host, gatehouse_call* call, gatehouse_str name, gatehouse_str value) {
    record(host, call, [&](CallRecord& r) {
      if (!is_name(name, 256) || !text::is_utf8(view(value)) || view(value).find('\0') != std::string_view::npos) {
        return breach(r, "gave an attribute that is not plain UTF-8");
      }
      if (r.identity.attributes.size() >= max_attributes) return breach(r, "gave too many attributes");
      if (take(r, name.size + value.size)) r.identity.attributes.emplace_back(view(name), view(value));
    });
  }

  static void set_expiry(gatehouse_host* host, gatehouse_call* call, int64_t wall_ms) {
    record(host, call, [&](CallRecord& r) { r.identity.expiry = WallTime(std::chrono::milliseconds(wall_ms)); });
  }

  static void set_reason(gatehouse_host* host, gatehouse_call* call, gatehouse_reason reason) {
    record(host, call, [&](CallRecord& r) {
      if (reason > GATEHOUSE_REASON_NOT_STARTED) return breach(r, "gave a reason that does not exist");
      r.reason = static_cast<Reason>(reason);
    });
  }

  static void set_detail(gatehouse_host* host, gatehouse_call* call, gatehouse_str text) {
    record(host, call, [&](CallRecord& r) { r.detail = log_safe(view(text)); });
  }

  static void no_store(gatehouse_host* host, gatehouse_call* call) {
    record(host, call, [](CallRecord& r) { r.no_store = true; });
  }

  static void cache_until(gatehouse_host* host, gatehouse_call* call, int64_t wall_ms) {
    record(host, call, [&](CallRecord& r) { r.cache_until_ms = wall_ms; });
  }

  static int32_t add_challenge(gatehouse_host* host, gatehouse_call* call, const gatehouse_challenge* challenge) {
    int32_t taken = 0;
    record(host, call, [&](CallRecord& r) {
      if (challenge == nullptr || challenge->struct_size != sizeof(gatehouse_challenge) ||
          challenge->kind < GATEHOUSE_CHALLENGE_HTTP_AUTH || challenge->kind > GATEHOUSE_CHALLENGE_REDIRECT ||
          challenge->state.size > GATEHOUSE_CHALLENGE_STATE_MAX || challenge->parameter_count > 64 ||
          (challenge->parameter_count > 0 && challenge->parameters == nullptr) ||
          r.challenges.size() >= max_challenges) {
        return breach(r, "gave a challenge that breaks a limit");
      }
      Challenge copy{.kind = static_cast<ChallengeKind>(challenge->kind),
                     .scheme = std::string(view(challenge->scheme)),
                     .parameters = {},
                     .state = std::string(view(challenge->state))};
      std::size_t bytes = copy.scheme.size() + copy.state.size();
      for (std::size_t i = 0; i < challenge->parameter_count; ++i) {
        const gatehouse_pair& pair = challenge->parameters[i];
        bytes += pair.name.size + pair.value.size;
        if (bytes > max_call_bytes) return breach(r, "gave a challenge that breaks a limit");
        copy.parameters.emplace_back(view(pair.name), view(pair.value));
      }
      if (!take(r, bytes)) return;
      r.challenges.push_back(std::move(copy));
      taken = 1;
    });
    return taken;
  }

  static int32_t claim_subject(gatehouse_host* host, gatehouse_call* call, gatehouse_str canonical) {
    int32_t go_on = 0;
    record(host, call, [&](CallRecord& r) {
      if (!is_name(canonical, max_subject)) return breach(r, "claimed a subject that is not plain UTF-8");
      r.claimed = view(canonical);
      if (!*r.admit || (*r.admit)(r.claimed)) {
        go_on = 1;
      } else {
        r.stopped = true;
      }
    });
    return go_on;
  }

  static void invalidate(gatehouse_host* host, gatehouse_str subject) { self(host).epochs_->invalidate(view(subject)); }

  static void wake_after(gatehouse_host* host, uint32_t ms) {
    try {
      self(host).wake_at(self(host).clock_.steady() + std::chrono::milliseconds(ms));
    } catch (...) {
      self(host).misbehaved("memory ran out while it asked to be woken");
    }
  }

  static void set_refusal_cost(gatehouse_host* host, uint32_t microseconds) {
    self(host).refusal_cost_us_.store(microseconds);
  }

  static void set_state(gatehouse_host* host, gatehouse_str name, const gatehouse_str* changed, size_t count) {
    Epochs& epochs = *self(host).epochs_;
    if (changed == nullptr) return epochs.set_state(view(name), nullptr);
    try {
      std::vector<std::string_view> subjects;
      for (size_t i = 0; i < count; ++i) subjects.push_back(view(changed[i]));
      const std::span<const std::string_view> those(subjects);
      epochs.set_state(view(name), &those);
    } catch (...) {
      epochs.set_state(view(name), nullptr);  // memory ran out: everybody is asked anew
    }
  }

  static const void* get_extension(gatehouse_host*, gatehouse_str id) {
    static constexpr gatehouse_cost cost = {&HostFunctions::set_refusal_cost};
    static constexpr gatehouse_source source = {&HostFunctions::set_state};
    if (view(id) == GATEHOUSE_EXT_COST) return &cost;
    if (view(id) == GATEHOUSE_EXT_SOURCE) return &source;
    return nullptr;
  }
};

const gatehouse_host_api* host_api() noexcept {
  using F = HostFunctions;
  static constexpr gatehouse_host_api api = {
      .abi_major = GATEHOUSE_ABI_MAJOR,
      .abi_minor = GATEHOUSE_ABI_MINOR,
      .struct_size = sizeof(gatehouse_host_api),
      .wall_ms = &F::wall_ms,
      .monotonic_ms = &F::monotonic_ms,
      .log = &F::log,
      .config_error = &F::config_error,
      .remaining_ms = &F::remaining_ms,
      .set_subject = &F::set_subject,
      .add_group = &F::add_group,
      .add_attribute = &F::add_attribute,
      .set_expiry = &F::set_expiry,
      .set_reason = &F::set_reason,
      .set_detail = &F::set_detail,
      .no_store = &F::no_store,
      .cache_until = &F::cache_until,
      .add_challenge = &F::add_challenge,
      .claim_subject = &F::claim_subject,
      .invalidate = &F::invalidate,
      .wake_after = &F::wake_after,
      .get_extension = &F::get_extension,
  };
  return &api;
}

}  // namespace gatehouse::detail
