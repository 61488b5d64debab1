// SPDX-License-Identifier: Apache-2.0
// A provider's answer about a token: active only where it says so, once, as true.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <claims.hpp>
#include <introspection.hpp>

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::oidc;
  const Introspected answer = read_introspection({reinterpret_cast<const char*>(data), size});
  require((answer.kind == Introspected::Kind::active) == answer.claims.has_value());
  if (!answer.claims) return 0;
  const json::Value claims = answer.claims->root();
  require(claims.member("active").boolean() == true && !claims.has("error"));
  ClaimRules rules;
  rules.issuer = "i";
  rules.audiences = {"a"};
  const WallTime now(std::chrono::seconds(1'700'000'000));
  const ClaimsAnswer checked = check_introspected(claims, rules, now);
  if (checked.kind == ClaimsAnswer::Kind::accepted) {
    require(checked.expires > now && claims.has("exp") && claims.has("aud"));
    require(!claims.has("iss") || claims.member("iss").text() == "i");
  }
  return 0;
}
