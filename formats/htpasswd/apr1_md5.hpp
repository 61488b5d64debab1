// SPDX-License-Identifier: Apache-2.0
#pragma once
/// $apr1$: Apache's variant of md5-crypt, a thousand rounds of MD5.
#include <optional>
#include <string>
#include <string_view>

#include "digest.hpp"
#include "match.hpp"

namespace gatehouse::htpasswd {

/// `hash` is a whole "$apr1$SALT$22-characters" that shape_of() has passed. [any-thread]
[[nodiscard]] Match check_apr1(const Digests& digests, std::string_view hash, std::string_view password) noexcept;

/// A whole "$apr1$...". `salt` is 1 to 8 characters of ./0-9A-Za-z; nullopt if that or the password is too long, or
/// OpenSSL fails.
[[nodiscard]] std::optional<std::string> make_apr1(const Digests& digests, std::string_view salt,
                                                   std::string_view password);

}  // namespace gatehouse::htpasswd
