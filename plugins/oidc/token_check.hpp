// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The extension gatehouse.token_check/1: the same gate, signatures and claims as for callers, asked about one token.
#include <gatehouse/plugin.h>

#include <string>
#include <string_view>

#include "claims.hpp"

namespace gatehouse::oidc {

struct TokenCheck {
  enum class Kind { refused, accepted, no_keys };
  Kind kind = Kind::refused;
  std::string why;
};

/// `keys` is the content of a key file. Empty issuer and audiences in `rules` are not compared.
[[nodiscard]] TokenCheck check_token(std::string_view token, std::string_view keys, const ClaimRules& rules,
                                     bool signature_only, WallTime now);

/// What get_extension() gives out.
[[nodiscard]] const gatehouse_token_check* token_check_extension() noexcept;

}  // namespace gatehouse::oidc
