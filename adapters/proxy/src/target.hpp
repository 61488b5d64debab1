// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Request targets and authorities (RFC 9112, 3.2). Nothing is decoded or normalised: what is judged is what is passed
/// on, byte for byte.
#include <optional>
#include <string_view>

namespace gatehouse::proxy {

/// A host name, IPv4 address or [IPv6 address], with an optional port: what Host may hold. No user information.
[[nodiscard]] bool is_authority(std::string_view text) noexcept;

struct Target {
  std::string_view path;       ///< begins with '/', or is "*"
  std::string_view authority;  ///< only in absolute-form
};

/// nullopt: a form or a byte that is not allowed, or an absolute-form of another scheme than `scheme`, by which the
/// caller came. Bytes that RFC 3986 does not know but browsers send (such as '|', and
/// braces in a query) are allowed; controls, spaces, quotes, '<', '>', '#', backslashes in a path and non-ASCII are
/// not.
[[nodiscard]] std::optional<Target> read_target(std::string_view target, std::string_view method,
                                                std::string_view scheme = "http") noexcept;

}  // namespace gatehouse::proxy
