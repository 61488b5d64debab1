// SPDX-License-Identifier: Apache-2.0
#pragma once
/// WWW-Authenticate: what a caller may try (RFC 9110, 11.6.1).
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/http.hpp>

namespace gatehouse::http {

/// At most so many challenges of backends are told, each at most so long; others are left out.
inline constexpr std::size_t max_challenges = 8;
inline constexpr std::size_t max_challenge_size = 2048;
inline constexpr std::size_t max_challenge_parameters = 16;
inline constexpr std::size_t max_realm_size = 256;

/// What shows as the realm: printable, never empty.
[[nodiscard]] std::string realm_text(std::string_view display_name);

/// The field values for a 401: one per scheme that the realm takes, Basic first, and those that backends asked for.
/// What a backend says about Bearer takes the place of our own; what it says about Basic is not told. Never empty.
[[nodiscard]] std::vector<std::string> offered_challenges(const Offer& offer, std::span<const Challenge> own);

/// The field values for a 403: only those that backends asked for ("insufficient_scope").
[[nodiscard]] std::vector<std::string> own_challenges(const Offer& offer, std::span<const Challenge> own);

}  // namespace gatehouse::http
