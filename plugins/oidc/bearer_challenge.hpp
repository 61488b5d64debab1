// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What a refused caller is told (RFC 6750, 3.1). Fixed words only: nothing of the token, nothing of why.
#include <gatehouse/plugin/host.hpp>
#include <string>
#include <vector>

namespace gatehouse::oidc {

void tell_invalid_token(plugin::Call& call);
/// The same to one who brought a proof of possession (RFC 9449, 7.1).
void tell_invalid_proof(plugin::Call& call);
/// With the scopes that are required, if there are any.
void tell_insufficient_scope(plugin::Call& call, const std::vector<std::string>& scopes);

}  // namespace gatehouse::oidc
