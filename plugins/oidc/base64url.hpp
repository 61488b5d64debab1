// SPDX-License-Identifier: Apache-2.0
#pragma once
/// base64url without padding (RFC 7515, 2), canonical: one text for one sequence of bytes.
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::oidc {

/// nullopt for any other letter, padding, white space, a length that no bytes have, and bits that stand for nothing.
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);
[[nodiscard]] std::string encode_base64url(std::string_view bytes);

}  // namespace gatehouse::oidc
