// SPDX-License-Identifier: Apache-2.0
#include "bearer_challenge.hpp"

#include "algorithm.hpp"

namespace gatehouse::oidc {

void tell_invalid_token(plugin::Call& call) {
  static_cast<void>(call.add_challenge({.scheme = "Bearer", .parameters = {{"error", "invalid_token"}}}));
}

void tell_invalid_proof(plugin::Call& call) {
  std::string algorithms;
  for (const Algorithm algorithm : public_key_algorithms()) {
    algorithms.append(algorithms.empty() ? "" : " ").append(name_of(algorithm));
  }
  static_cast<void>(call.add_challenge(
      {.scheme = "DPoP", .parameters = {{"error", "invalid_token"}, {"algs", std::move(algorithms)}}}));
}

void tell_insufficient_scope(plugin::Call& call, const std::vector<std::string>& scopes) {
  plugin::Challenge challenge{.scheme = "Bearer", .parameters = {{"error", "insufficient_scope"}}};
  std::string list;
  for (const std::string& scope : scopes) list.append(list.empty() ? "" : " ").append(scope);
  if (!list.empty()) challenge.parameters.emplace_back("scope", std::move(list));
  static_cast<void>(call.add_challenge(challenge));
}

}  // namespace gatehouse::oidc
