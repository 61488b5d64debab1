// SPDX-License-Identifier: Apache-2.0
#include "discovery.hpp"

#include "json.hpp"

namespace gatehouse::oidc {
namespace {

constexpr json::Limits kLimits{.size = kLargestMetadata, .depth = 8, .values = 10'000};

/// "" if there is none. A Problem if it is no address that may be asked.
Outcome<std::string> address_in(const json::Value& metadata, std::string_view name, const HttpClient& http) {
  const json::Value value = metadata.member(name);
  if (!value.present()) return std::string();
  const auto text = value.text();
  if (!text || text->empty()) return Problem{"its " + std::string(name) + " is not a text"};
  std::string address(*text);
  if (auto good = http.checked(address); !good) return Problem{"of its " + std::string(name) + ": " + good.problem()};
  return address;
}

}  // namespace

std::vector<std::string> metadata_places(const std::string& issuer) {
  const auto scheme = issuer.find("://");
  if (scheme == std::string::npos || issuer.find_first_of("?#") != std::string::npos) return {};
  const std::string plain = issuer.ends_with('/') ? issuer.substr(0, issuer.size() - 1) : issuer;
  const auto path = std::min(plain.find('/', scheme + 3), plain.size());
  return {plain + "/.well-known/openid-configuration",
          plain.substr(0, path) + "/.well-known/oauth-authorization-server" + plain.substr(path)};
}

Outcome<ProviderMetadata> read_metadata(std::string_view text, const std::string& issuer, const HttpClient& http) {
  const auto document = json::parse_object(text, kLimits);
  if (!document) return Problem{"it is not a JSON object, or has a name twice, or is too deep or too large"};
  const json::Value root = document->root();
  const auto named = root.member("issuer").text();
  if (!named) return Problem{"it names no issuer"};
  if (*named != issuer) return Problem{"it is that of another issuer; compare `issuer` with it letter by letter"};
  auto jwks_uri = address_in(root, "jwks_uri", http);
  if (!jwks_uri) return Problem{jwks_uri.problem()};
  return ProviderMetadata{.jwks_uri = std::move(*jwks_uri)};
}

}  // namespace gatehouse::oidc
