// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Which kinds of token count: the same provider makes others too, with the same keys (RFC 8725, 3.11 and 3.12).
#include <string>
#include <string_view>

#include "json.hpp"

namespace gatehouse::oidc {

struct KindRules {
  bool access_tokens_only = false;  ///< RFC 9068, 4: type at+jwt, and every claim that it requires
  bool id_tokens = false;           ///< those that are marked as such, too
  bool untyped = false;             ///< also what the provider, when it is asked, does not call an access token
};

/// "" if a JWT of these claims counts; otherwise why not. `type` is the header's, as the gate gives it.
[[nodiscard]] std::string complaint_about_kind(const json::Value& claims, std::string_view type,
                                               const KindRules& rules);

/// The same for what an introspection endpoint says of a token: all there is (RFC 7662, 2.2), ...
[[nodiscard]] std::string complaint_about_told_kind(const json::Value& told, const KindRules& rules);

/// ... or what it says beside `claims`, those of a JWT that counts.
[[nodiscard]] std::string complaint_about_told_kind(const json::Value& told, const json::Value& claims,
                                                    const KindRules& rules);

}  // namespace gatehouse::oidc
