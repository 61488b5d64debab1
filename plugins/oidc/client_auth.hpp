// SPDX-License-Identifier: Apache-2.0
#pragma once
/// How this backend proves itself to the provider (OpenID Connect Core 9, RFC 7523, RFC 8705 section 2).
#include <gatehouse/plugin/host.hpp>
#include <string>
#include <vector>

#include "key.hpp"

namespace gatehouse::oidc {

enum class ClientMethod { none, basic, post, secret_jwt, private_key_jwt, tls };

struct ClientRules {
  ClientMethod method = ClientMethod::none;
  std::string id{};
  SecretBytes secret{};       ///< basic, post, secret_jwt
  std::string key_file{};     ///< private_key_jwt, tls: a private key in PEM
  std::string certificate{};  ///< tls: PEM
};

/// What a form and its head need beside the question itself. Both may hold secrets, and are wiped.
struct ClientProof {
  std::string form;  ///< "&name=value..." to append
  std::vector<std::string> headers;

  ClientProof() = default;
  ClientProof(ClientProof&&) = default;
  ClientProof& operator=(ClientProof&&) = default;
  ClientProof(const ClientProof&) = delete;
  ClientProof& operator=(const ClientProof&) = delete;
  ~ClientProof();
};

/// [any-thread]
class ClientAuth {
 public:
  /// Reads the private key, for private_key_jwt and tls, and the certificate. Throws plugin::ConfigError. [may block]
  explicit ClientAuth(ClientRules rules);

  /// `audience` is the provider's issuer. A Problem if OpenSSL fails.
  [[nodiscard]] Outcome<ClientProof> prove(const std::string& audience, plugin::WallTime now) const;

 private:
  [[nodiscard]] Outcome<std::string> assertion(const std::string& audience, plugin::WallTime now) const;

  ClientRules rules_;
  std::shared_ptr<EVP_PKEY> key_;
  Algorithm algorithm_ = Algorithm::hs256;
};

}  // namespace gatehouse::oidc
