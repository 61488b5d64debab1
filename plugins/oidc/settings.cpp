// SPDX-License-Identifier: Apache-2.0
#include "settings.hpp"

#include <algorithm>
#include <initializer_list>

#include "claim_path.hpp"
#include "file_content.hpp"

namespace gatehouse::oidc {
namespace {

using plugin::ConfigError;
using plugin::Options;

std::vector<std::string> texts(const Options& options, std::string_view name) {
  const auto views = options.list(name);
  return {views.begin(), views.end()};
}

constexpr std::size_t kLongestCaFile = 4'194'304;

/// Each dot may or may not part a name from what is in it: with many there would be too much to try.
constexpr std::ptrdiff_t kMostDots = 10;

void check_path(std::string_view option, std::string_view path) {
  if (path.empty() || path.size() > kLongestClaimPath || std::count(path.begin(), path.end(), '.') > kMostDots) {
    throw ConfigError(std::string(option), "the name of a claim has 1 to 256 bytes and at most 10 dots");
  }
}

/// Entries "NAME=VALUE"; the value may have further '='.
std::vector<std::pair<std::string, std::string>> pairs(const Options& options, std::string_view name) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const std::string_view entry : options.list(name)) {
    // A name may be a URL with '=' in it; a value more often has none.
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == entry.size()) {
      throw ConfigError(std::string(name), "write each entry as NAME=VALUE");
    }
    all.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return all;
}

std::vector<Algorithm> algorithms(const Options& options) {
  const auto names = options.list("algorithms");
  if (names.empty()) return public_key_algorithms();
  std::vector<Algorithm> all;
  for (const std::string_view name : names) {
    const auto known = algorithm_named(name);
    if (!known) throw ConfigError("algorithms", "write names out of: " + all_algorithm_names());
    all.push_back(*known);
  }
  const auto secret = [](Algorithm algorithm) { return key_type_of(algorithm) == KeyType::oct; };
  if (std::any_of(all.begin(), all.end(), secret) && !std::all_of(all.begin(), all.end(), secret)) {
    throw ConfigError("algorithms",
                      "HS256, HS384 and HS512 cannot stand beside others: a public key must never count as a secret. "
                      "Make two backends");
  }
  return all;
}

ClaimRules claim_rules(const Options& options) {
  ClaimRules rules;
  rules.issuer = options.text("issuer");
  rules.audiences = texts(options, "audience");
  if (rules.audiences.empty() && !options.flag("any_audience")) {
    throw ConfigError("audience",
                      "say for whom tokens must be made out, such as audience = [\"https://service.example\"]; without "
                      "it a token for any other service of the same provider would let its holder in");
  }
  if (!rules.audiences.empty() && options.flag("any_audience")) {
    throw ConfigError("any_audience", "contradicts audience; leave one out");
  }
  rules.authorized_parties = texts(options, "authorized_parties");
  rules.leeway = options.duration("leeway");
  rules.kind.access_tokens_only = options.flag("access_tokens_only");
  rules.kind.id_tokens = options.flag("id_tokens");
  rules.kind.untyped = options.flag("untyped_tokens");
  if (rules.kind.access_tokens_only && rules.kind.id_tokens) {
    throw ConfigError("id_tokens", "contradicts access_tokens_only; leave one out");
  }
  rules.required_scopes = texts(options, "required_scopes");
  rules.required_claims = pairs(options, "required_claims");
  for (const auto& [path, value] : rules.required_claims) check_path("required_claims", path);
  return rules;
}

IdentityRules identity_rules(const Options& options) {
  IdentityRules rules;
  rules.subject_claim = options.text("subject_claim");
  check_path("subject_claim", rules.subject_claim);
  rules.unverified_email = options.flag("unverified_email");
  rules.group_claims = texts(options, "group_claims");
  for (const std::string& path : rules.group_claims) check_path("group_claims", path);
  rules.attributes = pairs(options, "attributes");
  for (const auto& [name, path] : rules.attributes) check_path("attributes", path);
  return rules;
}

RemoteKeyRules remote_key_rules(const Options& options) {
  RemoteKeyRules rules;
  rules.issuer = options.text("issuer");
  rules.jwks_uri = options.text("jwks_uri");
  rules.refresh_interval = options.duration("refresh_interval");
  rules.refetch_interval = options.duration("refetch_interval");
  rules.max_stale = options.duration("max_stale");
  if (!rules.jwks_uri.empty() && options.has("keys")) {
    throw ConfigError("jwks_uri", "contradicts keys; leave one out");
  }
  if (rules.refetch_interval > rules.refresh_interval || rules.refresh_interval > rules.max_stale) {
    throw ConfigError("refresh_interval", "must be at least refetch_interval and at most max_stale");
  }
  return rules;
}

HttpRules http_rules(const Options& options) {
  HttpRules rules;
  rules.ca_file = options.text("ca_file");
  rules.http_on_loopback = options.flag("http_on_loopback");
  rules.timeout = options.duration("fetch_timeout");
  if (!rules.ca_file.empty()) {
    if (auto file = read_small_file(rules.ca_file, kLongestCaFile); !file) {
      throw ConfigError("ca_file", rules.ca_file + ": " + file.problem());
    }
  }
  return rules;
}

template <class T>
struct Word {
  std::string_view word;
  T meaning;
};

/// The meaning of a word out of the choices that the description names.
template <class T>
T chosen(const Options& options, std::string_view name, std::initializer_list<Word<T>> words) {
  for (const Word<T>& known : words) {
    if (known.word == options.text(name)) return known.meaning;
  }
  throw ConfigError(std::string(name), "is not one of the words that are known");
}

IntrospectionRules introspection_rules(const Options& options) {
  IntrospectionRules rules;
  rules.use = chosen<IntrospectionUse>(
      options, "introspection",
      {{"off", IntrospectionUse::off}, {"opaque", IntrospectionUse::opaque}, {"all", IntrospectionUse::all}});
  rules.endpoint = options.text("introspection_endpoint");
  rules.issuer = options.text("issuer");
  rules.longest = options.duration("introspection_cache");
  const bool off = rules.use == IntrospectionUse::off;
  if (!off && rules.endpoint.empty()) {
    throw ConfigError("introspection_endpoint",
                      "is needed to ask about tokens: the provider's documentation says where");
  }
  for (const std::string_view name : {"introspection_endpoint", "client_id", "client_secret"}) {
    if (off && options.has(name)) throw ConfigError(std::string(name), "counts only with introspection");
  }
  return rules;
}

ClientRules client_rules(const Options& options) {
  ClientRules rules;
  if (options.text("introspection") == "off") return rules;
  rules.method = chosen<ClientMethod>(options, "client_auth",
                                      {{"basic", ClientMethod::basic},
                                       {"post", ClientMethod::post},
                                       {"client_secret_jwt", ClientMethod::secret_jwt},
                                       {"private_key_jwt", ClientMethod::private_key_jwt},
                                       {"tls", ClientMethod::tls}});
  rules.id = options.text("client_id");
  rules.secret = SecretBytes(std::string(options.text("client_secret")));
  rules.key_file = options.text("client_key");
  rules.certificate = options.text("client_certificate");
  return rules;
}

BindingRules binding_rules(const Options& options) {
  BindingRules rules;
  rules.required = chosen<Binding>(
      options, "binding",
      {{"none", Binding::none}, {"certificate", Binding::certificate}, {"dpop", Binding::dpop}, {"any", Binding::any}});
  rules.dpop.window = options.duration("dpop_window");
  for (std::string& origin : texts(options, "dpop_origins")) {
    const auto scheme = origin.find("://");
    if (scheme == std::string::npos || origin.find('/', scheme + 3) != std::string::npos) {
      throw ConfigError("dpop_origins", "write each as https://HOST or https://HOST:PORT, without a path");
    }
    rules.dpop.origins.push_back(std::move(origin));
  }
  if (rules.required == Binding::dpop && rules.dpop.origins.empty()) {
    throw ConfigError("dpop_origins", "is needed to accept proofs: the address of the service, as callers write it");
  }
  return rules;
}

}  // namespace

Settings Settings::of(const Options& options) {
  Settings settings;
  settings.keys_file = options.text("keys");
  settings.remote_keys = remote_key_rules(options);
  settings.http = http_rules(options);
  settings.introspection = introspection_rules(options);
  settings.client = client_rules(options);
  settings.binding = binding_rules(options);
  if (settings.client.method == ClientMethod::tls) {
    settings.http.client_certificate = settings.client.certificate;
    settings.http.client_key = settings.client.key_file;
  }
  settings.algorithms = oidc::algorithms(options);
  settings.claims = claim_rules(options);
  settings.identity = identity_rules(options);
  settings.longest_validity = options.duration("longest_validity");
  settings.password_is_token = options.flag("password_is_token");
  return settings;
}

bool Settings::uses_secrets() const noexcept {
  return key_type_of(algorithms.front()) == KeyType::oct;
}

}  // namespace gatehouse::oidc
