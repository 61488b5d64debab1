// SPDX-License-Identifier: Apache-2.0
#include "dpop.hpp"

#include <algorithm>
#include <cmath>

#include "base64url.hpp"
#include "digest.hpp"
#include "jwk.hpp"
#include "signature.hpp"
#include "token_gate.hpp"

namespace gatehouse::oidc {
namespace {

constexpr std::size_t kLongestId = 256;

std::string complaint_about_request(const json::Value& claims, const DpopQuestion& question, const DpopRules& rules) {
  if (claims.member("htm").text() != question.method) return "its htm is not the method of the request";
  const auto uri = claims.member("htu").text();
  if (!uri) return "it has no htu";
  const std::string_view plain = uri->substr(0, uri->find_first_of("?#"));
  const auto names_us = [&](const std::string& origin) {
    return plain.size() == origin.size() + question.path.size() && plain.starts_with(origin) &&
           plain.ends_with(question.path);
  };
  if (std::none_of(rules.origins.begin(), rules.origins.end(), names_us)) return "its htu is not what was asked for";
  return {};
}

std::string complaint_about_time(const json::Value& claims, std::chrono::milliseconds window, plugin::WallTime now) {
  const auto issued = claims.member("iat").number();
  if (!issued) return "it has no iat";
  const double age = static_cast<double>(now.time_since_epoch().count()) - *issued * 1000;
  if (std::abs(age) > static_cast<double>(window.count())) return "it was made too long ago, or in the future";
  return {};
}

}  // namespace

Outcome<DpopProof> check_dpop(const DpopQuestion& question, const DpopRules& rules, plugin::WallTime now) {
  const auto wrong = [](const std::string& why) { return Problem{"the proof (DPoP) is refused: " + why}; };
  const GateAnswer gated = gate(question.proof);
  if (!gated.token) return wrong(gated.why);
  const GatedToken& token = *gated.token;
  if (token.type != "dpop+jwt") return wrong("its typ is not dpop+jwt");
  const json::Value jwk = token.header.root().member("jwk");
  if (!jwk.is_object()) return wrong("its header has no jwk");
  const auto read = read_jwk(jwk, KeyOrigin::provider);  // what a stranger sends is public, or spoilt
  if (!read) return wrong("its jwk is " + read.problem());
  if (!read->key) return wrong("its jwk is no key for signatures");
  if (!verify_signature(*read->key, token.algorithm, token.signed_part, token.signature)) {
    return wrong("its signature is wrong");
  }
  const json::Value claims = token.payload.root();
  const auto id = claims.member("jti").text();
  if (!id || id->empty() || id->size() > kLongestId) return wrong("its jti is not a text of 1 to 256 bytes");
  if (auto complaint = complaint_about_request(claims, question, rules); !complaint.empty()) return wrong(complaint);
  if (auto complaint = complaint_about_time(claims, rules.window, now); !complaint.empty()) return wrong(complaint);
  if (claims.member("ath").text() != encode_base64url(sha256(question.token))) {
    return wrong("its ath is not the hash of the token");
  }
  return DpopProof{.thumbprint = thumbprint(jwk), .id = std::string(*id)};
}

}  // namespace gatehouse::oidc
