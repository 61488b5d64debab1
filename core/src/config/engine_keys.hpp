// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The keys that the engine reads itself: of realms, of backends, and of its own sections.
#include <string>
#include <vector>

#include "config/document.hpp"

namespace gatehouse::config {

[[nodiscard]] std::vector<OptionSpec> realm_keys();
/// All but `plugin`: those that may also stand in a URI.
[[nodiscard]] std::vector<OptionSpec> backend_keys();
[[nodiscard]] std::vector<OptionSpec> cache_keys();
[[nodiscard]] std::vector<OptionSpec> throttle_keys();
[[nodiscard]] std::vector<OptionSpec> log_keys();

/// Checks `raw` against backend_keys() and stores it.
void apply_backend_keys(const RawTable& raw, const Location& owner, BackendDefinition& backend, Problems& problems);
void apply_realm_keys(const RawTable& raw, const Location& owner, RealmDefinition& realm, Problems& problems);
[[nodiscard]] CacheSettings read_cache(const RawTable& raw, const Location& owner, Problems& problems);
[[nodiscard]] ThrottleSettings read_throttle(const RawTable& raw, const Location& owner, Problems& problems);
[[nodiscard]] LogSettings read_log(const RawTable& raw, const Location& owner, Problems& problems);

}  // namespace gatehouse::config
