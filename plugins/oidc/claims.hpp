// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the claims of a token must say (RFC 7519, 9068), whether they came in the token or from introspection.
#include <gatehouse/plugin/host.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json.hpp"
#include "token_kind.hpp"

namespace gatehouse::oidc {

using plugin::WallTime;

struct ClaimRules {
  std::string issuer;                  ///< compared byte by byte; empty: any (only where the user asked for it)
  std::vector<std::string> audiences;  ///< one of them must be named; empty: any
  std::vector<std::string> authorized_parties;  ///< azp, or else client_id, must be one of them; empty: any
  std::chrono::milliseconds leeway{30'000};
  KindRules kind;
  std::vector<std::string> required_scopes;
  std::vector<std::pair<std::string, std::string>> required_claims;  ///< path, and the value or one of the values
};

struct ClaimsAnswer {
  enum class Kind {
    refused,  ///< `why` says what is wrong
    expired,
    insufficient,  ///< all is well, but a scope or claim that is required is missing
    accepted,
  };
  Kind kind = Kind::refused;
  std::string why{};   ///< never holds a value of the token
  WallTime expires{};  ///< with the leeway; set unless refused
};

/// `type` is the header's, as the gate gives it.
[[nodiscard]] ClaimsAnswer check_claims(const json::Value& claims, std::string_view type, const ClaimRules& rules,
                                        WallTime now);

/// The same for the answer of an introspection endpoint (RFC 7662, 2.2), which need not name the issuer.
[[nodiscard]] ClaimsAnswer check_introspected(const json::Value& told, const ClaimRules& rules, WallTime now);

/// The same for what such an endpoint says beside `claims`, those of a JWT that was accepted: it need not say anything,
/// but nothing that is against the rules or against the JWT.
[[nodiscard]] ClaimsAnswer check_confirmed(const json::Value& told, const json::Value& claims, const ClaimRules& rules,
                                           WallTime now);

}  // namespace gatehouse::oidc
