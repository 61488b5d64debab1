// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gatehouse/decision.hpp>

#include "connection.hpp"

namespace gatehouse::auth_socket {

/// The frame for a decision. Why somebody was refused is for root's log: others learn only what the decision implies.
[[nodiscard]] Bytes write_answer(const Answer& answer, bool with_reason);
[[nodiscard]] Bytes write_refusal(DecisionCode code);

}  // namespace gatehouse::auth_socket
