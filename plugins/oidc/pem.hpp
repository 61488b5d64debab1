// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Public keys and certificates in PEM.
#include <cstddef>
#include <string_view>
#include <vector>

#include "key.hpp"

namespace gatehouse::oidc {

/// All keys of the text. A Problem at the first block that is broken, encrypted, private, or of another kind.
[[nodiscard]] Outcome<std::vector<Key>> read_pem(std::string_view text, std::size_t most);

}  // namespace gatehouse::oidc
