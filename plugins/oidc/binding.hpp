// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Tokens that only one holder may use (RFC 7800): bound to a client certificate (RFC 8705) or to a key (RFC 9449).
#include <optional>
#include <string>
#include <string_view>

#include "dpop.hpp"
#include "json.hpp"
#include "replay_store.hpp"

namespace gatehouse::oidc {

enum class Binding { none, certificate, dpop, any };  ///< what a token must be bound to, at least

struct BindingRules {
  Binding required = Binding::none;
  DpopRules dpop{};
};

/// What a door knows of the caller; nullopt where it does not.
struct Possession {
  std::optional<std::string_view> certificate{};  ///< SHA-256 of the client's certificate on this
                                                  ///< connection, in base64url
  std::optional<std::string_view> proof{};        ///< a DPoP proof came, with the scheme DPoP
  std::string_view method{};
  std::string_view path{};
};

/// [any-thread]
class BindingCheck {
 public:
  explicit BindingCheck(BindingRules rules) : rules_(std::move(rules)) {}

  /// "" if the caller may use a token of these claims; otherwise why not. A proof counts once.
  [[nodiscard]] std::string complaint(const json::Value& claims, std::string_view token, const Possession& shown,
                                      plugin::Host host) const;

 private:
  [[nodiscard]] std::string complaint_about_proof(std::string_view thumbprint, std::string_view token,
                                                  const Possession& shown, plugin::Host host) const;

  BindingRules rules_;
  mutable ReplayStore seen_{131'072};
};

}  // namespace gatehouse::oidc
