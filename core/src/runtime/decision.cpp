// SPDX-License-Identifier: Apache-2.0
#include <gatehouse/decision.hpp>

#include <array>
#include <cstddef>

namespace gatehouse {
namespace {

template <std::size_t N>
std::string_view word(const std::array<std::string_view, N>& words, std::size_t index) noexcept {
  return index < N ? words[index] : std::string_view("unknown");
}

constexpr std::array<std::string_view, 6> verdicts = {"unavailable", "denied",  "not_mine",
                                                      "challenge",   "granted", "forbidden"};
constexpr std::array<std::string_view, 7> decisions = {"unavailable", "denied",    "challenge", "malformed",
                                                       "throttled",   "forbidden", "granted"};
constexpr std::array<std::string_view, 16> reasons = {
    "none",         "no_credential", "bad_credential", "unknown_user", "disabled", "locked",
    "expired",      "must_change",   "insufficient",   "timeout",      "overload", "backend_error",
    "plugin_fault", "throttled",     "malformed",      "not_started"};

}  // namespace

std::string_view to_string(VerdictCode code) noexcept {
  return word(verdicts, static_cast<std::size_t>(code));
}
std::string_view to_string(DecisionCode code) noexcept {
  return word(decisions, static_cast<std::size_t>(code));
}
std::string_view to_string(Reason reason) noexcept {
  return word(reasons, static_cast<std::size_t>(reason));
}

const Answer& Decision::answer() const noexcept {
  static const Answer unavailable = [] {
    Answer answer;
    answer.reason = Reason::plugin_fault;
    return answer;
  }();
  return answer_ ? *answer_ : unavailable;
}

}  // namespace gatehouse
