// SPDX-License-Identifier: Apache-2.0
// The claims of a token: whatever they are, what is accepted has a right exp, iss and aud, and makes a sound identity.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <claims.hpp>
#include <identity.hpp>

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::oidc;
  const auto document =
      json::parse_object({reinterpret_cast<const char*>(data), size}, {.size = 16384, .depth = 16, .values = 4096});
  if (!document) return 0;
  const json::Value claims = document->root();
  ClaimRules rules;
  rules.issuer = "i";
  rules.audiences = {"a"};
  rules.required_scopes = {"s"};
  rules.required_claims = {{"r.c", "v"}};
  const WallTime now(std::chrono::seconds(1'700'000'000));
  const ClaimsAnswer answer = check_claims(claims, "", rules, now);
  if (answer.kind == ClaimsAnswer::Kind::accepted || answer.kind == ClaimsAnswer::Kind::insufficient) {
    require(answer.expires > now);
    require(claims.member("iss").text() == "i");
    require(claims.member("exp").number().has_value());
    require(claims.has("aud"));
  }
  const auto identity = identity_of(claims, {.group_claims = {"groups", "a.b"}, .attributes = {{"email", "email"}}});
  if (identity) {
    require(!identity->subject.empty() && identity->subject.size() <= 512);
    require(identity->subject.find_first_of(std::string_view("\0\r\n", 3)) == std::string::npos);
    for (const std::string& group : identity->groups) require(!group.empty());
  }
  return 0;
}
