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

struct BindingAnswer {
  enum class Kind {
    right,
    wrong,    ///< `why` says what is
    no_room,  ///< nothing is wrong, but it cannot be seen to that this proof is used once
  };
  Kind kind = Kind::wrong;
  std::string why{};
};

/// What a token is bound to, by its own claims and by what the provider says of it.
struct Confirmation {
  bool bound = false;
  std::optional<std::string_view> certificate{};
  std::optional<std::string_view> key{};

  /// "", or why these claims cannot be, alone or beside those before.
  [[nodiscard]] std::string add(const json::Value& claims);
};

/// [any-thread]
class BindingCheck {
 public:
  explicit BindingCheck(BindingRules rules);

  /// Whether the caller may use a token of these claims, of which the provider, if it was asked, told `more`. A proof
  /// counts once.
  [[nodiscard]] BindingAnswer check(const json::Value& claims, const json::Value& more, std::string_view token,
                                    const Possession& shown, plugin::Host host) const;

 private:
  [[nodiscard]] std::string complaint_about_bond(const Confirmation& bond, const Possession& shown) const;
  [[nodiscard]] BindingAnswer check_proof(std::string_view thumbprint, std::string_view token, const Possession& shown,
                                          plugin::Host host) const;

  BindingRules rules_;
  mutable ReplayStore seen_;
};

}  // namespace gatehouse::oidc
