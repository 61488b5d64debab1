// SPDX-License-Identifier: Apache-2.0
#pragma once
/// {SHA} and {SSHA}: Base64 of one SHA-1, without and with salt (RFC 2307, RFC 3112).
#include <optional>
#include <string>
#include <string_view>

#include "digest.hpp"
#include "match.hpp"

namespace gatehouse::htpasswd {

/// `hash` is a whole "{SHA}..." or "{SSHA}..." that shape_of() has passed. [any-thread]
[[nodiscard]] Match check_sha(const Digests& digests, std::string_view hash, std::string_view password) noexcept;

/// A whole "{SHA}...". nullopt if OpenSSL fails.
[[nodiscard]] std::optional<std::string> make_sha(const Digests& digests, std::string_view password);

}  // namespace gatehouse::htpasswd
