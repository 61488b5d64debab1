// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What a provider publishes about itself (OpenID Connect Discovery 1.0, RFC 8414).
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "http_client.hpp"

namespace gatehouse::oidc {

struct ProviderMetadata {
  std::string jwks_uri;  ///< empty where the provider does not say; else one that may be asked
};

/// Where it is published: first OpenID Connect's place, then that of RFC 8414. Empty if the issuer is no such URL.
[[nodiscard]] std::vector<std::string> metadata_places(const std::string& issuer);

inline constexpr std::size_t kLargestMetadata = 262'144;

/// The Problem says what is wrong with the document. An issuer other than exactly `issuer` is.
[[nodiscard]] Outcome<ProviderMetadata> read_metadata(std::string_view text, const std::string& issuer,
                                                      const HttpClient& http);

}  // namespace gatehouse::oidc
