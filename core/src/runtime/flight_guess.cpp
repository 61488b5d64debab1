// SPDX-License-Identifier: Apache-2.0
// What a flight tells the throttle, and what a stranger can see of it.
#include <algorithm>

#include "runtime/flight.hpp"

namespace gatehouse::detail {
namespace {

/// Behind a missed backend a refusal is called unavailable, and is one all the same.
bool is_held(DecisionCode code, bool missed) noexcept {
  return code == DecisionCode::denied || code == DecisionCode::forbidden ||
         (code == DecisionCode::unavailable && missed);
}

}  // namespace

void Flight::weigh(const BackendAnswer& answer) {
  const bool failed = answer.reason == Reason::backend_error || (answer.reason == Reason::timeout && reached_);
  down_.push_back(answer.verdict == VerdictCode::unavailable && (stuck_ || failed));
  judged_ = judged_ || (reached_ && answer.verdict != VerdictCode::unavailable && !answer.throttled);
  reached_ = false;
  stuck_ = false;
  // The verdict counts, not what the chain makes of it.
  if (answer.throttled) return;
  if (answer.verdict == VerdictCode::denied) attempt_.was_wrong();
  if (answer.verdict == VerdictCode::denied || answer.verdict == VerdictCode::forbidden) {
    realm_->engine->memory->grants.erase(key_);
  }
}

void Flight::settle_late(const Backend& backend, const BackendAnswer& answer) noexcept {
  try {
    if (answer.verdict == VerdictCode::granted) attempt_.was_right(full_subject(backend, answer.identity.subject));
  } catch (...) {
    return;  // out of memory: nothing is forgiven
  }
  if (answer.verdict == VerdictCode::denied) attempt_.was_wrong();
}

std::string Flight::full_subject(const Backend& backend, const std::string& subject) const {
  return backend.settings.subject_prefix + subject;
}

std::optional<SteadyTime> Flight::held_until(DecisionCode code) const {
  std::optional<SteadyTime> from;
  if (is_held(code, missed_)) from = service_began_;
  // Before or after a backend has said whose the name is: who is told to wait does not see which.
  if (code == DecisionCode::throttled && request_->get().credential == CredentialKind::password) from = launched_;
  if (!from) return std::nullopt;
  // Rationale: a real check that overshoots the floor ends late. Each refusal is late by something of its own, which a
  // stranger cannot know, so that it takes far more of them to see those few.
  const auto floor = realm_->refusal_floor();
  const auto late = floor * static_cast<int>(word_of(key_, 2) % 1024) / 4096;
  return std::min(*from + floor + late, std::max(deadline_, *from));
}

}  // namespace gatehouse::detail
