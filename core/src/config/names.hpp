// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The names that a configuration is made of.
#include <string_view>

namespace gatehouse::config {

/// Of a realm or backend: [A-Za-z0-9][A-Za-z0-9_.-]{0,63}
[[nodiscard]] bool is_name(std::string_view text) noexcept;
/// Of a plugin: [a-z][a-z0-9-]{0,31}
[[nodiscard]] bool is_plugin_id(std::string_view text) noexcept;
/// Of a URI, in lower case: [a-z][a-z0-9+.-]{0,31}
[[nodiscard]] bool is_scheme(std::string_view text) noexcept;

/// What is wrong with the text that users are shown at the login prompt; empty: nothing.
[[nodiscard]] std::string_view display_name_fault(std::string_view text) noexcept;

}  // namespace gatehouse::config
