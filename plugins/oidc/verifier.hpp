// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A signature by one of an issuer's keys, under one of the algorithms that the issuer may use.
#include <algorithm>
#include <string_view>
#include <vector>

#include "key_set.hpp"
#include "token_gate.hpp"

namespace gatehouse::oidc {

enum class SignatureAnswer {
  right,
  wrong,
  no_key,   ///< no key of the set may have signed it
  refused,  ///< the algorithm is not one that is allowed
};

[[nodiscard]] SignatureAnswer check_signature(const GatedToken& token, const KeySet& keys,
                                              const std::vector<Algorithm>& allowed);

}  // namespace gatehouse::oidc
