// SPDX-License-Identifier: Apache-2.0
#include "token_backend.hpp"

#include <algorithm>
#include <utility>

#include "bearer_challenge.hpp"
#include "discovery.hpp"
#include "key_file.hpp"

namespace gatehouse::oidc {

using plugin::Call;
using plugin::Credential;
using plugin::Reason;
using plugin::Verdict;

namespace {

/// So long a call waits for keys that are being fetched, if that leaves it time.
constexpr milliseconds kPatience{5'000};

std::unique_ptr<KeySource> key_file(plugin::Host host, const Settings& settings) {
  auto keys = std::make_unique<KeyFile>(host, settings.keys_file);
  if (keys->current()->has_secrets() != settings.uses_secrets()) {
    throw plugin::ConfigError("algorithms", settings.uses_secrets()
                                                ? "HS256, HS384 and HS512 need a file with shared secrets (\"oct\")"
                                                : "the file has a shared secret; say so with algorithms = [\"HS256\"]");
  }
  return keys;
}

std::unique_ptr<KeySource> remote_keys(plugin::Host host, const HttpClient& http, const Settings& settings) {
  if (settings.uses_secrets()) {
    throw plugin::ConfigError("algorithms", "HS256, HS384 and HS512 need a shared secret in a file: say keys");
  }
  const RemoteKeyRules& rules = settings.remote_keys;
  const bool discovers = rules.jwks_uri.empty();
  const auto good = http.checked(discovers ? rules.issuer : rules.jwks_uri);
  if (!good) throw plugin::ConfigError(discovers ? "issuer" : "jwks_uri", good.problem());
  if (discovers && metadata_places(rules.issuer).empty()) {
    throw plugin::ConfigError("issuer", "has a query; say where the keys are with jwks_uri or keys");
  }
  return std::make_unique<RemoteKeys>(host, http, rules);
}

/// Whether a token that nobody has verified claims to be ours: only then is it worth a look, and ours to refuse.
bool names_issuer(const GatedToken& token, const std::string& issuer) {
  return token.payload.root().member("iss").text() == issuer;
}

Possession possession_of(const plugin::Request& request) {
  return {.certificate = request.attribute("tls.client_cert_sha256"),
          .proof = request.attribute("dpop.proof"),
          .method = request.attribute("dpop.method").value_or(""),
          .path = request.attribute("dpop.path").value_or("")};
}

Verdict refuse(Call& call, const std::string& why, Reason reason = Reason::bad_credential) {
  tell_invalid_token(call);
  return Verdict::denied(reason, "the token is refused: " + why);
}

}  // namespace

TokenBackend::TokenBackend(plugin::Host host, Settings settings)
    : host_(host), settings_(std::move(settings)), http_(settings_.http), binding_(settings_.binding) {
  if (settings_.introspection.use != IntrospectionUse::off) {
    if (const auto good = http_.checked(settings_.introspection.endpoint); !good) {
      throw plugin::ConfigError("introspection_endpoint", good.problem());
    }
    introspector_.emplace(host_, http_, settings_.introspection, settings_.client);
  }
  keys_ = settings_.keys_file.empty() ? remote_keys(host_, http_, settings_) : key_file(host_, settings_);
}

void TokenBackend::start() {
  if (settings_.claims.audiences.empty()) {
    host_.log(plugin::LogLevel::warning,
              "any_audience is set: a token that the provider made for any other service lets its holder in");
  }
  keys_->start();
}

void TokenBackend::background() {
  keys_->refresh();
}

Credential TokenBackend::credentials() const noexcept {
  return settings_.password_is_token ? Credential::bearer | Credential::password : Credential::bearer;
}

Verdict TokenBackend::authenticate(const plugin::Request& request, Call& call) const {
  const bool in_password = settings_.password_is_token && request.credential() == Credential::password;
  if (!in_password && request.credential() != Credential::bearer) return Verdict::not_mine(Reason::no_credential);
  const Shown shown{.token = in_password ? request.password() : request.token(), .possession = possession_of(request)};
  GateAnswer gated = gate(shown.token);
  if (gated.kind == GateAnswer::Kind::token) return judge_jwt(*gated.token, shown, call);
  // What is no JWT may be somebody's password: it is not told to the provider.
  if (gated.kind == GateAnswer::Kind::opaque && introspector_ && !in_password) return judge_opaque(shown, call);
  tell_invalid_token(call);
  if (gated.kind == GateAnswer::Kind::malformed) {
    return Verdict::denied(Reason::bad_credential, "the token is malformed: " + gated.why);
  }
  return Verdict::not_mine(Reason::unknown_user, "the token is no JWT");
}

TokenBackend::Checked TokenBackend::check(const GatedToken& token, const Call& call) const {
  const Keys keys = keys_->current();
  auto answer = keys ? check_signature(token, *keys, settings_.algorithms) : SignatureAnswer::no_key;
  if (answer != SignatureAnswer::no_key) return {.answer = answer};
  const auto newer =
      keys_->newer_than(keys, std::min(call.remaining(), kPatience), [&call] { return call.remaining().count() > 0; });
  if (!newer.keys) return {};
  if (newer.keys != keys) answer = check_signature(token, *newer.keys, settings_.algorithms);
  return {.answer = answer, .certain = newer.certain};
}

Verdict TokenBackend::judge_jwt(const GatedToken& token, const Shown& shown, Call& call) const {
  if (!names_issuer(token, settings_.claims.issuer)) {
    tell_invalid_token(call);
    return Verdict::not_mine(Reason::unknown_user, "the token names another issuer");
  }
  const Checked checked = check(token, call);
  switch (checked.answer) {
    case SignatureAnswer::right:
      break;
    case SignatureAnswer::refused:
      return refuse(call, "its alg is not one that this backend allows");
    case SignatureAnswer::no_key:
      if (!checked.certain) return Verdict::unavailable("the provider's keys are not known, or not all of them");
      call.no_store();  // it may have one a moment later
      return refuse(call, "the provider has no such key");
    case SignatureAnswer::wrong:
      return refuse(call, "its signature is wrong");
  }
  const json::Value claims = token.payload.root();
  ClaimsAnswer answer = check_claims(claims, token.type, settings_.claims, host_.wall());
  auto confirmed = confirm(claims, answer, shown, call);
  if (confirmed.verdict) return std::move(*confirmed.verdict);
  const json::Value told = confirmed.told ? confirmed.told->root() : json::Value();
  return judge_claims(claims, told, answer, shown, call);
}

TokenBackend::Confirmed TokenBackend::confirm(const json::Value& claims, ClaimsAnswer& answer, const Shown& shown,
                                              Call& call) const {
  if (answer.kind != ClaimsAnswer::Kind::accepted) return {};
  if (!introspector_ || introspector_->rules().use != IntrospectionUse::all) return {};
  Introspected asked = introspector_->ask(shown.token, call);
  if (asked.kind == Introspected::Kind::unknown) return {.verdict = Verdict::unavailable(asked.why)};
  if (asked.kind == Introspected::Kind::inactive) return {.verdict = refuse(call, asked.why)};
  call.cache_until(host_.wall() + introspector_->rules().longest);
  const WallTime ends = answer.expires;
  answer = check_confirmed(asked.claims->root(), claims, settings_.claims, host_.wall());
  answer.expires = std::min(ends, answer.expires);
  return {.told = std::move(asked.claims)};
}

/// Only the provider knows what it is, and whether it is his.
Verdict TokenBackend::judge_opaque(const Shown& shown, Call& call) const {
  const Introspected asked = introspector_->ask(shown.token, call);
  if (asked.kind == Introspected::Kind::unknown) return Verdict::unavailable(asked.why);
  if (asked.kind == Introspected::Kind::inactive) {
    tell_invalid_token(call);
    return Verdict::not_mine(Reason::unknown_user, asked.why);
  }
  call.cache_until(host_.wall() + introspector_->rules().longest);
  const json::Value claims = asked.claims->root();
  return judge_claims(claims, {}, check_introspected(claims, settings_.claims, host_.wall()), shown, call);
}

/// For claims that are the provider's own words.
Verdict TokenBackend::judge_claims(const json::Value& claims, const json::Value& told, const ClaimsAnswer& answer,
                                   const Shown& shown, Call& call) const {
  if (answer.kind == ClaimsAnswer::Kind::refused) return refuse(call, answer.why);
  if (answer.kind == ClaimsAnswer::Kind::expired) return refuse(call, answer.why, Reason::expired);
  if (shown.possession.proof) call.no_store();
  const BindingAnswer bound = binding_.check(claims, told, shown.token, shown.possession, host_);
  if (bound.kind == BindingAnswer::Kind::no_room) return Verdict::unavailable(bound.why);
  if (bound.kind == BindingAnswer::Kind::wrong) {
    if (shown.possession.proof) tell_invalid_proof(call);
    return refuse(call, bound.why);
  }
  auto identity = identity_of(claims, settings_.identity);
  if (!identity) return refuse(call, identity.problem());
  identity->expiry = std::min(answer.expires, host_.wall() + settings_.longest_validity);
  if (answer.kind == ClaimsAnswer::Kind::insufficient) {
    tell_insufficient_scope(call, settings_.claims.required_scopes);
    return Verdict::forbidden(std::move(*identity), "the token is not enough: " + answer.why);
  }
  return Verdict::granted(std::move(*identity));
}

}  // namespace gatehouse::oidc
