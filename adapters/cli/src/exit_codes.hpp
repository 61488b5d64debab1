// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the process says to who started it.
#include <gatehouse/decision.hpp>

namespace gatehouse::cli {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;  ///< serve: ended by a fault; plugin: something is wrong with it
inline constexpr int exit_usage = 2;   ///< the command line or the configuration is wrong

/// Of `login`: the same for every version.
[[nodiscard]] constexpr int exit_code(DecisionCode code) noexcept {
  switch (code) {
    case DecisionCode::granted:
      return 0;
    case DecisionCode::denied:
      return 1;
    case DecisionCode::malformed:
      return 2;
    case DecisionCode::throttled:
      return 4;
    case DecisionCode::forbidden:
      return 5;
    case DecisionCode::challenge:
      return 6;
    case DecisionCode::unavailable:
      break;
  }
  return 3;
}

}  // namespace gatehouse::cli
