// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Tells what a stored hash is, whether it is well formed, and what checking it costs.
#include <string_view>

#include "cost.hpp"
#include "scheme.hpp"

namespace gatehouse::htpasswd {

struct HashShape {
  Scheme scheme;
  Work work;  ///< 0 unless usable
};

/// Never fails: what cannot be used is an unusable Scheme. Costs as much time as the text is long.
[[nodiscard]] HashShape shape_of(std::string_view hash, const Policy& policy) noexcept;

}  // namespace gatehouse::htpasswd
