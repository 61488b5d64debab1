// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Opens shared objects. The only user of Boost.DLL.
#include <string>

#include <gatehouse/plugin.h>
#include <gatehouse/result.hpp>

namespace gatehouse::detail {

/// Opens `path` (absolute) with all symbols resolved and none shared, and returns its entry point. A library once
/// opened stays until the process ends.
///
/// Rationale: OpenLDAP, OpenSSL and libcurl register state that cannot be taken back, and a text, a type or a thread
/// local of a plugin may still be referred to after its last instance is gone. A reload makes new instances instead.
[[nodiscard]] Result<gatehouse_plugin_function> open_plugin_library(const std::string& path);

}  // namespace gatehouse::detail
