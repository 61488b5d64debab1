// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The backend: asks the others in this folder, in the order in which a token must be looked at.
#include <gatehouse/plugin/backend.hpp>
#include <memory>
#include <optional>

#include "binding.hpp"
#include "http_client.hpp"
#include "introspection.hpp"
#include "key_source.hpp"
#include "settings.hpp"
#include "token_gate.hpp"
#include "verifier.hpp"

namespace gatehouse::oidc {

class TokenBackend : public plugin::Backend {
 public:
  /// Throws plugin::ConfigError.
  TokenBackend(plugin::Host host, Settings settings);

  void start() override;
  void background() override;
  [[nodiscard]] plugin::Credential credentials() const noexcept override;
  [[nodiscard]] plugin::Verdict authenticate(const plugin::Request& request, plugin::Call& call) const override;

 private:
  /// What came, and what its bearer shows beside.
  struct Shown {
    std::string_view token;
    Possession possession{};
  };
  struct Checked {
    SignatureAnswer answer = SignatureAnswer::no_key;
    bool certain = false;  ///< no_key: whether it is known that the provider has
                           ///< no other keys
  };
  [[nodiscard]] Checked check(const GatedToken& token, const plugin::Call& call) const;
  [[nodiscard]] plugin::Verdict judge_jwt(const GatedToken& token, const Shown& shown, plugin::Call& call) const;
  [[nodiscard]] plugin::Verdict judge_opaque(const Shown& shown, plugin::Call& call) const;
  /// A token that is accepted so far: whether it is revoked, and what the provider says of it now.
  struct Confirmed {
    std::optional<json::Document> told{};      ///< nothing unless the provider was asked
    std::optional<plugin::Verdict> verdict{};  ///< there is nothing more to look at
  };
  [[nodiscard]] Confirmed confirm(const json::Value& claims, ClaimsAnswer& answer, const Shown& shown,
                                  plugin::Call& call) const;
  /// `told` is what the provider, if it was asked, says beside the claims.
  [[nodiscard]] plugin::Verdict judge_claims(const json::Value& claims, const json::Value& told,
                                             const ClaimsAnswer& answer, const Shown& shown, plugin::Call& call) const;

  plugin::Host host_;
  Settings settings_;
  HttpClient http_;
  std::unique_ptr<KeySource> keys_;
  BindingCheck binding_;
  std::optional<Introspector> introspector_;
};

}  // namespace gatehouse::oidc
