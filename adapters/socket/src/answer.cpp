// SPDX-License-Identifier: Apache-2.0
#include "answer.hpp"

#include <algorithm>
#include <limits>

namespace gatehouse::auth_socket {
namespace {

gatehouse_str as_str(std::string_view text) {
  return {text.data(), text.size()};
}

Bytes write(const wire_answer& answer) {
  Bytes frame(WIRE_HEAD + WIRE_BODY_MAX);
  frame.resize(wire_write_answer(&answer, frame.data(), frame.size()));
  return frame;
}

/// The first challenge that can be put to a person at a terminal. False if it does not fit.
bool add_prompts(const Answer& answer, wire_answer& into) {
  const auto found = std::find_if(answer.challenges.begin(), answer.challenges.end(),
                                  [](const Challenge& challenge) { return challenge.kind == ChallengeKind::prompt; });
  if (found == answer.challenges.end()) return true;
  if (found->parameters.size() > WIRE_LIST_MAX) return false;
  into.state = as_str(found->state);
  for (const auto& [name, text] : found->parameters) {
    into.prompts[into.prompt_count++] = {name != "echo", as_str(text)};
  }
  return true;
}

}  // namespace

Bytes write_answer(const Answer& answer, bool with_reason) {
  wire_answer wire{};
  wire.code = static_cast<std::uint32_t>(answer.code);
  if (with_reason) wire.reason = static_cast<std::uint32_t>(answer.reason);
  wire.retry_after = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(answer.retry_after.count(), 0, std::numeric_limits<std::int32_t>::max()));
  if (answer.identity.expiry) wire.expiry_ms = answer.identity.expiry->time_since_epoch().count();
  if (answer.code == DecisionCode::granted) wire.subject = as_str(answer.identity.subject);
  // Of a refusal: whom a backend recognised, so that the other side may write the name into its log.
  if (answer.code != DecisionCode::granted && with_reason) wire.subject = as_str(answer.claimed_subject);
  if (answer.code == DecisionCode::challenge && !add_prompts(answer, wire)) {
    return write_refusal(DecisionCode::unavailable);
  }
  Bytes frame = write(wire);
  return frame.empty() ? write_refusal(DecisionCode::unavailable) : frame;
}

Bytes write_refusal(DecisionCode code) {
  wire_answer wire{};
  wire.code = static_cast<std::uint32_t>(code);
  return write(wire);
}

}  // namespace gatehouse::auth_socket
