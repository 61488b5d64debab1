// SPDX-License-Identifier: Apache-2.0
#include "token_check.hpp"

#include <exception>
#include <gatehouse/plugin/description.hpp>

#include "verifier.hpp"

namespace gatehouse::oidc {
namespace {

using Kind = TokenCheck::Kind;

/// All that the keys can be for: which of them a provider may use is a question of the configuration.
std::vector<Algorithm> algorithms_for(const KeySet& keys) {
  if (!keys.has_secrets()) return public_key_algorithms();
  return {Algorithm::hs256, Algorithm::hs384, Algorithm::hs512};
}

std::int32_t answer(const gatehouse_token_question* question, void* context, void (*say)(void*, gatehouse_str)) {
  TokenCheck checked;
  try {
    ClaimRules rules;
    rules.issuer = plugin::detail::from_c(question->issuer);
    const auto audience = plugin::detail::from_c(question->audience);
    if (!audience.empty()) rules.audiences.emplace_back(audience);
    checked = check_token(plugin::detail::from_c(question->token), plugin::detail::from_c(question->keys), rules,
                          question->signature_only != 0, WallTime(std::chrono::milliseconds(question->wall_ms)));
  } catch (const std::exception&) {
    checked = {.kind = Kind::refused, .why = "the check failed"};
  }
  say(context, plugin::detail::to_c(checked.why));
  switch (checked.kind) {
    case Kind::accepted:
      return GATEHOUSE_TOKEN_ACCEPTED;
    case Kind::no_keys:
      return GATEHOUSE_TOKEN_NO_KEYS;
    case Kind::refused:
      break;
  }
  return GATEHOUSE_TOKEN_REFUSED;
}

}  // namespace

TokenCheck check_token(std::string_view token, std::string_view keys, const ClaimRules& rules, bool signature_only,
                       WallTime now) {
  const auto set = KeySet::of_file(keys);
  if (!set) return {.kind = Kind::no_keys, .why = "the keys cannot be used: " + set.problem()};
  const GateAnswer gated = gate(token);
  if (gated.kind != GateAnswer::Kind::token) return {.kind = Kind::refused, .why = gated.why};
  switch (check_signature(*gated.token, *set, algorithms_for(*set))) {
    case SignatureAnswer::right:
      break;
    case SignatureAnswer::wrong:
      return {.kind = Kind::refused, .why = "its signature is wrong"};
    case SignatureAnswer::no_key:
      return {.kind = Kind::refused, .why = "none of the keys fits its kid and alg"};
    case SignatureAnswer::refused:
      return {.kind = Kind::refused, .why = "its alg goes with none of the keys"};
  }
  if (signature_only) return {.kind = Kind::accepted, .why = "the signature is right; nothing else was looked at"};
  const ClaimsAnswer claims = check_claims(gated.token->payload.root(), gated.token->type, rules, now);
  if (claims.kind == ClaimsAnswer::Kind::accepted)
    return {.kind = Kind::accepted, .why = "signature and claims are right"};
  return {.kind = Kind::refused, .why = claims.why};
}

const gatehouse_token_check* token_check_extension() noexcept {
  static constexpr gatehouse_token_check extension{&answer};
  return &extension;
}

}  // namespace gatehouse::oidc
