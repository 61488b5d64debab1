// SPDX-License-Identifier: Apache-2.0
#include "binding.hpp"

#include "digest.hpp"

namespace gatehouse::oidc {
namespace {

constexpr std::size_t kHashSize = 43;  // 32 bytes in base64url

std::string complaint_about_certificate(std::string_view expected, const std::optional<std::string_view>& shown) {
  if (!shown || shown->empty()) return "the token is bound to a client certificate, and none was shown";
  if (shown->size() != kHashSize || *shown != expected) return "the token is bound to another client certificate";
  return {};
}

}  // namespace

std::string BindingCheck::complaint_about_proof(std::string_view thumbprint, std::string_view token,
                                                const Possession& shown, plugin::Host host) const {
  if (!shown.proof) return "the token is bound to a key, and came without a proof (DPoP)";
  const auto proof = check_dpop({.proof = *shown.proof, .method = shown.method, .path = shown.path, .token = token},
                                rules_.dpop, host.wall());
  if (!proof) return proof.problem();
  if (proof->thumbprint != thumbprint) return "the token is bound to another key than that of the proof (DPoP)";
  // A proof may be from the future by one window, and is good for one more.
  const auto until = host.monotonic() + 2 * rules_.dpop.window;
  if (!seen_.take(sha256(proof->thumbprint + proof->id), host.monotonic(), until)) {
    return "the proof (DPoP) was seen before, or too many were seen";
  }
  return {};
}

std::string BindingCheck::complaint(const json::Value& claims, std::string_view token, const Possession& shown,
                                    plugin::Host host) const {
  const json::Value confirmation = claims.member("cnf");
  const auto certificate = confirmation.member("x5t#S256");
  const auto key = confirmation.member("jkt");
  if (confirmation.present() && !certificate.present() && !key.present()) {
    return "the token is bound (cnf) in a way that is not known here";
  }
  if ((certificate.present() && !certificate.text()) || (key.present() && !key.text())) return "its cnf is malformed";
  if (rules_.required == Binding::certificate && !certificate.present()) return "it is not bound to a certificate";
  if (rules_.required == Binding::dpop && !key.present()) return "it is not bound to a key (DPoP)";
  if (rules_.required == Binding::any && !confirmation.present()) return "it is not bound to a certificate or a key";
  if (shown.proof && !key.present()) return "it came with a proof (DPoP) and is bound to no key";
  if (certificate.present()) {
    auto wrong = complaint_about_certificate(*certificate.text(), shown.certificate);
    if (!wrong.empty()) return wrong;
  }
  return key.present() ? complaint_about_proof(*key.text(), token, shown, host) : std::string();
}

}  // namespace gatehouse::oidc
