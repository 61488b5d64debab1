// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Asking the provider about a token (RFC 7662).
#include <gatehouse/plugin/host.hpp>
#include <string>
#include <string_view>

#include "client_auth.hpp"
#include "http_client.hpp"
#include "inactive_tokens.hpp"
#include "json.hpp"
#include "question_valve.hpp"

namespace gatehouse::oidc {

enum class IntrospectionUse {
  off,
  opaque,  ///< for tokens that are no JWT
  all,     ///< also for JWTs, once signature and claims are right: is it revoked?
};

struct IntrospectionRules {
  IntrospectionUse use = IntrospectionUse::off;
  std::string endpoint{};
  std::string issuer{};
  std::chrono::milliseconds longest{60'000};  ///< so long an answer counts
};

struct Introspected {
  enum class Kind {
    unknown,  ///< there was no answer to rely on: `why` says what went wrong
    inactive,
    active,  ///< `claims` says what the provider knows
  };
  Kind kind = Kind::unknown;
  std::optional<json::Document> claims{};
  std::string why{};
};

/// What an answer of status 200 says. Only `"active": true` is active.
[[nodiscard]] Introspected read_introspection(std::string_view text);

/// [any-thread]
class Introspector {
 public:
  Introspector(plugin::Host host, const HttpClient& http, IntrospectionRules rules, ClientRules client);

  /// [may block]
  [[nodiscard]] Introspected ask(std::string_view token, const plugin::Call& call) const;
  [[nodiscard]] const IntrospectionRules& rules() const noexcept { return rules_; }

 private:
  [[nodiscard]] Introspected ask_now(std::string_view token, const plugin::Call& call, QuestionValve::End& end) const;

  plugin::Host host_;
  const HttpClient& http_;
  IntrospectionRules rules_;
  ClientAuth client_;
  mutable QuestionValve valve_;
  mutable InactiveTokens inactive_;
};

}  // namespace gatehouse::oidc
