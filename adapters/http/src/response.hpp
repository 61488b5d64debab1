// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A whole response from its wording: the page for people, JSON for programs, and the fields that both carry.
#include <chrono>
#include <string_view>

#include <gatehouse/http.hpp>

#include "page.hpp"

namespace gatehouse::http {

/// The same thing said to both.
struct Wording {
  Page page = {};                    ///< its status is the answer's
  std::string_view error_code = {};  ///< a word of MLflow's list, which other programs read as well as any
  std::string_view message = {};
};

[[nodiscard]] Answer respond(const Asker& asker, const Wording& wording);

/// Adds Retry-After: `wait`, or `otherwise` when that is not known; at most a day.
void add_retry_after(Answer& answer, std::chrono::seconds wait, std::chrono::seconds otherwise);

}  // namespace gatehouse::http
