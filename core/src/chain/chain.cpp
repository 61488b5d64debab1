// SPDX-License-Identifier: Apache-2.0
#include "chain/chain.hpp"

namespace gatehouse::detail {

ChainStep next_step(VerdictCode verdict, config::OnUnavailable policy, bool last, bool missed) noexcept {
  const auto end = [&](DecisionCode code) { return ChainStep{.ask_next = false, .missed = missed, .code = code}; };
  const auto refusal = [&](DecisionCode code) { return end(missed ? DecisionCode::unavailable : code); };
  switch (verdict) {
    case VerdictCode::granted:
      return end(DecisionCode::granted);
    case VerdictCode::challenge:
      return end(DecisionCode::challenge);
    case VerdictCode::denied:
      return refusal(DecisionCode::denied);
    case VerdictCode::forbidden:
      return refusal(DecisionCode::forbidden);
    case VerdictCode::not_mine:
      if (last) return refusal(DecisionCode::denied);
      return {.ask_next = true, .missed = missed};
    case VerdictCode::unavailable:
      break;
  }
  if (policy == config::OnUnavailable::end || last) return end(DecisionCode::unavailable);
  return {.ask_next = true, .missed = true};
}

}  // namespace gatehouse::detail
