// SPDX-License-Identifier: Apache-2.0
#pragma once
/// $apr1$: Apache's variant of md5-crypt, a thousand rounds of MD5.
#include <string_view>

#include "digest.hpp"
#include "match.hpp"

namespace gatehouse::htpasswd {

/// `hash` is a whole "$apr1$SALT$22-characters" that shape_of() has passed. [any-thread]
[[nodiscard]] Match check_apr1(const Digests& digests, std::string_view hash, std::string_view password) noexcept;

}  // namespace gatehouse::htpasswd
