// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Signatures that this backend makes itself, to prove who it is.
#include <string>
#include <string_view>

#include "key.hpp"

namespace gatehouse::oidc {

/// RS256, ES256 to ES512 or EdDSA; empty if OpenSSL fails.
[[nodiscard]] std::string sign_with_key(EVP_PKEY* key, Algorithm algorithm, std::string_view message);
/// HS256; empty if OpenSSL fails.
[[nodiscard]] std::string sign_with_secret(std::string_view secret, std::string_view message);

}  // namespace gatehouse::oidc
