// SPDX-License-Identifier: Apache-2.0
#pragma once
/// SHA-256, for thumbprints and for what a proof is bound to.
#include <string>
#include <string_view>

namespace gatehouse::oidc {

/// 32 bytes. Throws std::runtime_error if OpenSSL fails.
[[nodiscard]] std::string sha256(std::string_view bytes);

}  // namespace gatehouse::oidc
