// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Where a claim stands: "groups", "realm_access.roles", "https://example.com/roles".
#include <string_view>

#include "json.hpp"

namespace gatehouse::oidc {

inline constexpr std::size_t kLongestClaimPath = 256;

/// The claim of exactly this name; if there is none, what stands below: each dot may part a name from what is in it,
/// longer names first. Nothing if there is no such claim.
[[nodiscard]] json::Value find_claim(const json::Value& claims, std::string_view path);

/// A text, or the texts of a list. Other values have none; entries that are no text are left out.
[[nodiscard]] std::vector<std::string_view> texts_of(const json::Value& claim);

/// The same, but of a text the words between its spaces: how scopes are written (RFC 6749, 3.3), and nothing else is.
[[nodiscard]] std::vector<std::string_view> words_of(const json::Value& claim);

}  // namespace gatehouse::oidc
