// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the configuration says, checked.
#include <gatehouse/plugin/request.hpp>
#include <string>
#include <vector>

#include "algorithm.hpp"
#include "binding.hpp"
#include "claims.hpp"
#include "identity.hpp"
#include "introspection.hpp"
#include "remote_keys.hpp"

namespace gatehouse::oidc {

struct Settings {
  std::string keys_file;  ///< empty: `remote_keys` says where they are
  RemoteKeyRules remote_keys;
  HttpRules http;
  IntrospectionRules introspection;
  ClientRules client;
  BindingRules binding;
  std::vector<Algorithm> algorithms;
  ClaimRules claims;
  IdentityRules identity;
  std::chrono::milliseconds longest_validity{};
  bool password_is_token = false;

  /// Throws plugin::ConfigError.
  static Settings of(const plugin::Options& options);
  /// Whether the algorithms are those of shared secrets. Never mixed with others: a public key must not become one.
  [[nodiscard]] bool uses_secrets() const noexcept;
};

}  // namespace gatehouse::oidc
