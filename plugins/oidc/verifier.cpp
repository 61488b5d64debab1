// SPDX-License-Identifier: Apache-2.0
#include "verifier.hpp"

#include "signature.hpp"

namespace gatehouse::oidc {

SignatureAnswer check_signature(const GatedToken& token, const KeySet& keys, const std::vector<Algorithm>& allowed) {
  if (std::find(allowed.begin(), allowed.end(), token.algorithm) == allowed.end()) return SignatureAnswer::refused;
  const auto candidates = keys.candidates(token.key_id, token.algorithm);
  if (candidates.empty()) return SignatureAnswer::no_key;
  for (const Key* key : candidates) {
    if (verify_signature(*key, token.algorithm, token.signed_part, token.signature)) return SignatureAnswer::right;
  }
  return SignatureAnswer::wrong;
}

}  // namespace gatehouse::oidc
