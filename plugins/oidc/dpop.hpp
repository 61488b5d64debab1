// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Proofs of possession (RFC 9449): a caller shows with each request that he has the key that his token is bound to.
#include <gatehouse/plugin/host.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "outcome.hpp"

namespace gatehouse::oidc {

struct DpopRules {
  std::vector<std::string> origins{};        ///< as callers see us, such as "https://app.example.com";
                                             ///< empty: none accepted
  std::chrono::milliseconds window{60'000};  ///< how old, or how far ahead, a proof may be
};

/// What a door says of the request.
struct DpopQuestion {
  std::string_view proof;
  std::string_view method;
  std::string_view path;  ///< without query
  std::string_view token;
};

struct DpopProof {
  std::string thumbprint;  ///< of the key (RFC 7638)
  std::string id;          ///< one of a kind, for this key
};

/// Everything but whether the proof was seen before. The Problem never holds a piece of it.
[[nodiscard]] Outcome<DpopProof> check_dpop(const DpopQuestion& question, const DpopRules& rules, plugin::WallTime now);

}  // namespace gatehouse::oidc
