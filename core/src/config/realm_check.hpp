// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What a configuration must hold together: chains that name backends, and subjects that cannot be mistaken.
#include <vector>

#include "config/document.hpp"

namespace gatehouse::config {

/// `chains` says where each realm's chain was written, in the order of document.realms.
void check_realms(const Document& document, const std::vector<Location>& chains, Problems& problems);

/// Two backends of one chain that could each vouch for a different person under the same name; both empty: none.
struct Collision {
  const BackendDefinition* first = nullptr;
  const BackendDefinition* second = nullptr;
};

/// Subjects are told apart by prefixes if at most one backend has none and no prefix begins with another.
[[nodiscard]] Collision find_collision(const std::vector<const BackendDefinition*>& chain);

}  // namespace gatehouse::config
