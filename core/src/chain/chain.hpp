// SPDX-License-Identifier: Apache-2.0
#pragma once
/// How verdicts become a decision. The whole of the chain's rules is in next_step().
#include <gatehouse/decision.hpp>

#include "config/document.hpp"

namespace gatehouse::detail {

struct ChainStep {
  bool ask_next = false;  ///< otherwise `code` is the end
  bool missed = false;    ///< some backend of the chain was passed over although it could not answer
  DecisionCode code = DecisionCode::unavailable;
};

/// What follows from one backend's verdict.
///   not_mine                          the next backend is asked; after the last: denied
///   granted                           ends: granted
///   denied, forbidden                 ends: the same, or unavailable if a backend was missed
///   challenge                         ends: challenge
///   unavailable, on_unavailable=end   ends: unavailable
///   unavailable, on_unavailable=next  the next backend is asked, and unless one grants the end is unavailable
/// `missed` is what the step before returned, false at the first.
///
/// Rationale: after a missed backend a refusal proves nothing. The directory that is down may be the one that knows
/// this caller, and a program told "wrong password" gives up where it would have tried again.
[[nodiscard]] ChainStep next_step(VerdictCode verdict, config::OnUnavailable policy, bool last, bool missed) noexcept;

}  // namespace gatehouse::detail
