// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The backend: answers from a directory.
#include <gatehouse/plugin/backend.hpp>
#include <memory>
#include <string_view>

#include "client.hpp"
#include "settings.hpp"

namespace gatehouse::ldap {

class LdapBackend : public plugin::Backend {
 public:
  /// Throws plugin::ConfigError.
  LdapBackend(plugin::Host host, const plugin::Options& options);

  void start() override;
  void stop() override;
  void background() override;
  [[nodiscard]] plugin::Verdict authenticate(const plugin::Request& request, plugin::Call& call) const override;

  static void parse_uri(std::string_view uri, plugin::UriOptions& out);

 private:
  plugin::Host host_;
  Settings settings_;
  std::unique_ptr<Client> client_;
};

}  // namespace gatehouse::ldap
