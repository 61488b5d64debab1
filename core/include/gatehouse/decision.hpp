// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The engine's answer for a realm, and what it knows of the caller.
///
/// A Decision is a cheap handle to immutable data: copies may be used from many threads. Its number is 0 for a refusal,
/// so memory that nobody wrote never grants.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gatehouse/export.hpp>

namespace gatehouse {

/// Verdict: one backend's answer.
enum class VerdictCode : std::uint32_t {
  unavailable = 0,
  denied = 1,
  not_mine = 2,
  challenge = 3,
  granted = 4,
  forbidden = 5,
};

enum class DecisionCode : std::int32_t {
  unavailable = 0,
  denied = 1,
  challenge = 2,
  malformed = 3,
  throttled = 4,
  forbidden = 5,
  granted = 6,
};

/// Why. For the log and the audit record, not for the caller. Numbers as in <gatehouse/types.h>.
enum class Reason : std::uint32_t {
  none = 0,
  no_credential = 1,
  bad_credential = 2,
  unknown_user = 3,
  disabled = 4,
  locked = 5,
  expired = 6,
  must_change = 7,
  insufficient = 8,
  timeout = 9,
  overload = 10,
  backend_error = 11,
  plugin_fault = 12,
  throttled = 13,
  malformed = 14,
  not_started = 15,
};

/// The words used in logs: "granted", "bad_credential".
[[nodiscard]] GATEHOUSE_API std::string_view to_string(VerdictCode code) noexcept;
[[nodiscard]] GATEHOUSE_API std::string_view to_string(DecisionCode code) noexcept;
[[nodiscard]] GATEHOUSE_API std::string_view to_string(Reason reason) noexcept;

using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/// Who the caller is. Present in a granted or forbidden decision.
struct Identity {
  std::string subject;  ///< canonical name, never empty when granted
  std::vector<std::string> groups;
  std::vector<std::pair<std::string, std::string>> attributes;  ///< multi-valued: a name may repeat
  std::optional<WallTime> expiry;
  std::string backend;  ///< the configured name of the one that vouched
};

enum class ChallengeKind : std::uint32_t { http_auth = 1, prompt = 2, redirect = 3 };

/// What a backend asks for next. See add_challenge in <gatehouse/plugin.h>.
struct Challenge {
  ChallengeKind kind = ChallengeKind::http_auth;
  std::string scheme;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string state;
};

/// One backend's part in a decision, for `gatehouse login` and debug logs.
struct Step {
  std::string backend;
  VerdictCode verdict = VerdictCode::unavailable;
  Reason reason = Reason::none;
  std::string detail;
  std::chrono::microseconds time{0};  ///< from the hand-over to a worker until its answer
};

/// Everything behind a Decision.
struct Answer {
  DecisionCode code = DecisionCode::unavailable;
  Reason reason = Reason::none;
  Identity identity;
  std::vector<Challenge> challenges;    ///< added by backends; the realm's own schemes are the door's to offer
  std::chrono::seconds retry_after{0};  ///< for unavailable and throttled; 0 = not known
  std::string detail;                   ///< for the log, never for the caller
  std::string claimed_subject;          ///< the account a plugin recognised, also when refused
  std::vector<Step> steps;              ///< empty when the answer came from the cache
  bool cached = false;
};

class [[nodiscard]] Decision {
 public:
  /// Takes what an engine or a test made. Null counts as unavailable.
  explicit Decision(std::shared_ptr<const Answer> answer) noexcept : answer_(std::move(answer)) {}

  [[nodiscard]] DecisionCode code() const noexcept { return answer_ ? answer_->code : DecisionCode::unavailable; }
  [[nodiscard]] bool granted() const noexcept { return code() == DecisionCode::granted; }
  [[nodiscard]] Reason reason() const noexcept { return answer_ ? answer_->reason : Reason::plugin_fault; }
  [[nodiscard]] const Identity& identity() const noexcept { return answer().identity; }
  [[nodiscard]] const std::string& subject() const noexcept { return answer().identity.subject; }
  [[nodiscard]] std::chrono::seconds retry_after() const noexcept { return answer().retry_after; }
  [[nodiscard]] const std::vector<Challenge>& challenges() const noexcept { return answer().challenges; }
  [[nodiscard]] bool cached() const noexcept { return answer().cached; }
  [[nodiscard]] GATEHOUSE_API const Answer& answer() const noexcept;
  [[nodiscard]] const std::shared_ptr<const Answer>& share() const noexcept { return answer_; }

 private:
  std::shared_ptr<const Answer> answer_;
};

}  // namespace gatehouse
