// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One snapshot of what the proxy goes by. A request keeps the one that it began with to its end.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gatehouse/http.hpp>
#include <gatehouse/proxy.hpp>

#include "address.hpp"
#include "header_rules.hpp"
#include "net.hpp"
#include "tls_context.hpp"

namespace gatehouse::proxy {

/// Seconds.
using Ticks = std::uint32_t;

struct Door {
  Config config;
  Realm realm;
  http::Settings settings;
  HeaderRules rules;
  ProxyOptions options;
  Upstream upstream;
  std::vector<Endpoint> endpoints;  ///< of the upstream, in the order to be tried
  std::string upstream_authority;
  std::shared_ptr<const TlsContext> tls;           ///< for callers; null: none
  std::shared_ptr<const TlsContext> upstream_tls;  ///< for an https:// upstream
  std::uint64_t upstream_id = 0;                   ///< equal for snapshots whose connections may be shared
  std::string display_name;
  http::Offer offer;

  Ticks header = 0, idle = 0, body = 0, connect = 0, response = 0, write = 0;

  Door(Config loaded, Realm chosen, http::Settings read, ProxyOptions given);
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  /// What the operator should know, though nothing fails for it.
  [[nodiscard]] std::vector<std::string> warnings() const;

  /// Checks `options`, reads certificates and resolves the upstream; `previous` may be null. May block.
  [[nodiscard]] static Result<std::shared_ptr<const Door>> open(const Config& config, const ProxyOptions& options,
                                                                const Door* previous);
};

/// The addresses of a TCP host and port, or of a unix socket. May block.
[[nodiscard]] Result<std::vector<Endpoint>> resolve(const Address& address, bool passive);

}  // namespace gatehouse::proxy
