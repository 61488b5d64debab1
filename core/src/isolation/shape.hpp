// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What of a plugin's description a running configuration relies on.
#include "isolation/wire.hpp"

namespace gatehouse::detail::isolation {

/// Equal for two versions of a plugin if the checked values for one fit the other.
[[nodiscard]] Bytes shape_of(const Description& description);

}  // namespace gatehouse::detail::isolation
