// SPDX-License-Identifier: Apache-2.0
// oidc: bearer tokens of OpenID and OAuth providers. Options and entry; each
// job has a file beside.
#include <gatehouse/plugin.hpp>

#include "token_backend.hpp"
#include "token_check.hpp"

namespace gatehouse::oidc {
namespace {

class Oidc final : public TokenBackend {
 public:
  Oidc(plugin::Host host, const plugin::Options& options) : TokenBackend(host, Settings::of(options)) {}
  static const void* extension(std::string_view id) noexcept {
    return id == GATEHOUSE_EXT_TOKEN_CHECK ? token_check_extension() : nullptr;
  }
};

}  // namespace
}  // namespace gatehouse::oidc

using gatehouse::plugin::OptionType;

GATEHOUSE_PLUGIN(gatehouse::oidc::Oidc,
                 {.id = "oidc",
                  .version = GATEHOUSE_OIDC_VERSION,
                  .summary = "Bearer tokens (JWT) of OpenID Connect and OAuth providers.",
                  .options = {{.name = "issuer",
                               .type = OptionType::text,
                               .required = true,
                               .help = "The provider, exactly as its tokens name it in iss."},
                              {.name = "audience",
                               .type = OptionType::text_list,
                               .help = "For whom tokens must be made out (aud): one of these, "
                                       "letter by letter."},
                              {.name = "any_audience",
                               .type = OptionType::boolean,
                               .default_value = "false",
                               .help = "Do not look at aud: a token for any other service of the "
                                       "provider then lets its holder in."},
                              {.name = "keys",
                               .type = OptionType::path,
                               .help = "The provider's keys in a file: a JWKS, one JWK, or PEM with "
                                       "public keys and certificates; without it "
                                       "and without jwks_uri the provider is asked where they are."},
                              {.name = "jwks_uri",
                               .type = OptionType::text,
                               .help = "Where the provider publishes its keys, for one that does "
                                       "not tell (discovery)."},
                              {.name = "ca_file",
                               .type = OptionType::path,
                               .help = "Certificates that the provider's is checked with, in PEM, "
                                       "instead of the system's."},
                              {.name = "http_on_loopback",
                               .type = OptionType::boolean,
                               .default_value = "false",
                               .help = "Also ask a provider on this machine (localhost, 127.0.0.1, "
                                       "[::1]) over http."},
                              {.name = "fetch_timeout",
                               .type = OptionType::duration,
                               .default_value = "5s",
                               .help = "For one question to the provider.",
                               .minimum = 100,
                               .maximum = 60000},
                              {.name = "refresh_interval",
                               .type = OptionType::duration,
                               .default_value = "15m",
                               .help = "How often the keys are fetched anew.",
                               .minimum = 1000,
                               .maximum = 86400000},
                              {.name = "refetch_interval",
                               .type = OptionType::duration,
                               .default_value = "30s",
                               .help = "Least time between fetches when a token names a key that "
                                       "is not known, or when a fetch has failed.",
                               .minimum = 1000,
                               .maximum = 3600000},
                              {.name = "max_stale",
                               .type = OptionType::duration,
                               .default_value = "1d",
                               .help = "How long the keys fetched last count while the provider "
                                       "cannot be reached.",
                               .minimum = 1000,
                               .maximum = 2592000000},
                              {.name = "algorithms",
                               .type = OptionType::text_list,
                               .help = "Signature algorithms that count, such as RS256, ES256, "
                                       "EdDSA; without it all those of public keys."},
                              {.name = "leeway",
                               .type = OptionType::duration,
                               .default_value = "30s",
                               .help = "How far the provider's clock may be off.",
                               .minimum = 0,
                               .maximum = 300000},
                              {.name = "longest_validity",
                               .type = OptionType::duration,
                               .default_value = "1h",
                               .help = "An identity ends when its token does, and at the latest "
                                       "after so long.",
                               .minimum = 1000,
                               .maximum = 86400000},
                              {.name = "access_tokens_only",
                               .type = OptionType::boolean,
                               .default_value = "false",
                               .help = "Accept only access tokens of RFC 9068 (typ at+jwt, with "
                                       "every claim that it requires)."},
                              {.name = "authorized_parties",
                               .type = OptionType::text_list,
                               .help = "Clients to which a token may have been issued (azp, or "
                                       "else client_id); without it any."},
                              {.name = "required_scopes",
                               .type = OptionType::text_list,
                               .help = "Scopes that a token must have (scope or scp), all of them; "
                                       "one that lacks one is forbidden."},
                              {.name = "required_claims",
                               .type = OptionType::text_list,
                               .help = "Claims that a token must have, each as NAME=VALUE; one "
                                       "that lacks one is forbidden."},
                              {.name = "subject_claim",
                               .type = OptionType::text,
                               .default_value = "sub",
                               .help = "The claim that names the caller."},
                              {.name = "unverified_email",
                               .type = OptionType::boolean,
                               .default_value = "false",
                               .help = "With subject_claim email: accept addresses that the "
                                       "provider has not verified."},
                              {.name = "group_claims",
                               .type = OptionType::text_list,
                               .default_value = "groups",
                               .help = "Claims whose words are the caller's groups, such as "
                                       "groups, realm_access.roles, scope."},
                              {.name = "attributes",
                               .type = OptionType::text_list,
                               .default_value = "email=email,name=name",
                               .help = "What doors are told beside, each as NAME=CLAIM; they know "
                                       "email and name."},
                              {.name = "introspection",
                               .type = OptionType::text,
                               .default_value = "off",
                               .choices = "off|opaque|all",
                               .help = "Ask the provider about tokens: those that are no JWT "
                                       "(opaque), or JWTs too (all), which then end when "
                                       "they are revoked."},
                              {.name = "introspection_endpoint",
                               .type = OptionType::text,
                               .help = "Where the provider answers such questions (RFC 7662)."},
                              {.name = "introspection_cache",
                               .type = OptionType::duration,
                               .default_value = "1m",
                               .help = "So long an answer of the provider counts at most.",
                               .minimum = 0,
                               .maximum = 3600000},
                              {.name = "client_id",
                               .type = OptionType::text,
                               .help = "Who this service is to the provider, when it asks."},
                              {.name = "client_secret",
                               .type = OptionType::text,
                               .secret = true,
                               .help = "What proves that, for client_auth basic, post and "
                                       "client_secret_jwt."},
                              {.name = "client_auth",
                               .type = OptionType::text,
                               .default_value = "basic",
                               .choices = "basic|post|client_secret_jwt|private_key_jwt|tls",
                               .help = "How that is proven to the provider."},
                              {.name = "client_key",
                               .type = OptionType::path,
                               .help = "A private key in PEM, for client_auth private_key_jwt and "
                                       "tls."},
                              {.name = "client_certificate",
                               .type = OptionType::path,
                               .help = "The certificate of client_key in PEM, for client_auth tls."},
                              {.name = "binding",
                               .type = OptionType::text,
                               .default_value = "none",
                               .choices = "none|certificate|dpop|any",
                               .help = "What tokens must be bound to, at least; one that is bound "
                                       "always needs what it is bound to."},
                              {.name = "dpop_origins",
                               .type = OptionType::text_list,
                               .help = "How callers write the address of the service, such as "
                                       "https://app.example.com: proofs of possession "
                                       "(DPoP) are made for it. Without it none is accepted."},
                              {.name = "dpop_window",
                               .type = OptionType::duration,
                               .default_value = "1m",
                               .help = "How old a proof may be, or how far ahead.",
                               .minimum = 1000,
                               .maximum = 600000},
                              {.name = "password_is_token",
                               .type = OptionType::boolean,
                               .default_value = "false",
                               .help = "Also take a token in place of the password of a Basic "
                                       "login, whatever the user name."}},
                  .credentials = gatehouse::plugin::Credential::bearer | gatehouse::plugin::Credential::password,
                  .attributes = {"tls.client_cert_sha256", "dpop.proof", "dpop.method", "dpop.path", "dpop.request"},
                  .traits = gatehouse::plugin::Trait::cpu | gatehouse::plugin::Trait::network,
                  .uri_option = "issuer"})
