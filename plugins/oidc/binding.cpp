// SPDX-License-Identifier: Apache-2.0
#include "binding.hpp"

#include "digest.hpp"

namespace gatehouse::oidc {
namespace {

using Kind = BindingAnswer::Kind;

constexpr std::size_t kHashSize = 43;  // 32 bytes in base64url
constexpr std::size_t kMostProofs = 131'072;

std::string complaint_about_certificate(std::string_view expected, const std::optional<std::string_view>& shown) {
  if (!shown || shown->empty()) return "the token is bound to a client certificate, and none was shown";
  if (shown->size() != kHashSize || *shown != expected) return "the token is bound to another client certificate";
  return {};
}

/// False if there is another one already, or none where there is a member.
bool take_text(std::optional<std::string_view>& to, const json::Value& member) {
  if (!member.present()) return true;
  const auto text = member.text();
  if (!text || (to && *to != *text)) return false;
  to = text;
  return true;
}

}  // namespace

std::string Confirmation::add(const json::Value& claims) {
  const json::Value confirmation = claims.member("cnf");
  if (!confirmation.present()) return {};
  bound = true;
  const json::Value shown_certificate = confirmation.member("x5t#S256");
  const json::Value shown_key = confirmation.member("jkt");
  if (!shown_certificate.present() && !shown_key.present()) {
    return "the token is bound (cnf) in a way that is not known here";
  }
  if (!take_text(certificate, shown_certificate) || !take_text(key, shown_key)) {
    return "its cnf is malformed, or the provider says that it is another one";
  }
  return {};
}

BindingCheck::BindingCheck(BindingRules rules)
    // A proof may be from the future by one window, and is good for one more.
    : rules_(std::move(rules)), seen_(kMostProofs, 2 * rules_.dpop.window) {}

BindingAnswer BindingCheck::check_proof(std::string_view thumbprint, std::string_view token, const Possession& shown,
                                        plugin::Host host) const {
  if (!shown.proof) return {.why = "the token is bound to a key, and came without a proof (DPoP)"};
  const auto proof = check_dpop({.proof = *shown.proof, .method = shown.method, .path = shown.path, .token = token},
                                rules_.dpop, host.wall());
  if (!proof) return {.why = proof.problem()};
  if (proof->thumbprint != thumbprint) {
    return {.why = "the token is bound to another key than that of the proof (DPoP)"};
  }
  switch (seen_.take(proof->thumbprint, proof->id, host.monotonic())) {
    case ReplayStore::Answer::first:
      return {.kind = Kind::right};
    case ReplayStore::Answer::again:
      return {.why = "the proof (DPoP) was seen before"};
    case ReplayStore::Answer::no_room:
      break;
  }
  return {.kind = Kind::no_room, .why = "too many proofs (DPoP) came in the last moments to remember another one"};
}

std::string BindingCheck::complaint_about_bond(const Confirmation& bond, const Possession& shown) const {
  if (rules_.required == Binding::certificate && !bond.certificate) return "it is not bound to a certificate";
  if (rules_.required == Binding::dpop && !bond.key) return "it is not bound to a key (DPoP)";
  if (rules_.required == Binding::any && !bond.bound) return "it is not bound to a certificate or a key";
  if (shown.proof && !bond.key) return "it came with a proof (DPoP) and is bound to no key";
  return bond.certificate ? complaint_about_certificate(*bond.certificate, shown.certificate) : std::string();
}

BindingAnswer BindingCheck::check(const json::Value& claims, const json::Value& more, std::string_view token,
                                  const Possession& shown, plugin::Host host) const {
  Confirmation bond;
  auto wrong = bond.add(claims);
  if (wrong.empty()) wrong = bond.add(more);
  if (wrong.empty()) wrong = complaint_about_bond(bond, shown);
  if (!wrong.empty()) return {.why = std::move(wrong)};
  return bond.key ? check_proof(*bond.key, token, shown, host) : BindingAnswer{.kind = Kind::right};
}

}  // namespace gatehouse::oidc
