// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One snapshot of what the proxy goes by. A request keeps the one that it began with to its end.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gatehouse/http.hpp>
#include <gatehouse/proxy.hpp>
#include <gatehouse/rules.hpp>

#include "access_log.hpp"
#include "address.hpp"
#include "header_rules.hpp"
#include "net.hpp"
#include "route.hpp"
#include "tls_context.hpp"

namespace gatehouse::proxy {

/// Seconds.
using Ticks = std::uint32_t;

/// What a listener is for.
enum class Role { proxy, forward_auth };

struct Door {
  Config config;
  Realm realm;
  http::Settings settings;
  http::AccessRules access;
  HeaderRules rules;
  ProxyOptions options;
  std::vector<http::Network> forward_auth_peers;
  Upstream upstream;
  std::shared_ptr<Route> route;  ///< with whoami: that of the upstream before it, or null
  std::string upstream_authority;
  std::shared_ptr<const TlsContext> tls;           ///< for callers; null: none
  std::shared_ptr<const TlsContext> upstream_tls;  ///< for an https:// upstream
  std::string display_name;
  http::Offer offer;

  std::shared_ptr<const AccessLog> access_log;  ///< null: none

  Ticks header = 0, idle = 0, body = 0, connect = 0, response = 0, write = 0, tunnel = 0;

  /// Of the route, or 0.
  [[nodiscard]] std::uint64_t upstream_id() const noexcept { return route ? route->id() : 0; }
  /// `peer` is an address, or empty for a unix socket.
  [[nodiscard]] bool trusts(std::string_view peer) const noexcept {
    return http::contain(options.trusted_proxies, peer.empty() ? "unix" : peer);
  }

  Door(Config loaded, Realm chosen, http::Settings read, ProxyOptions given);
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  /// What the operator should know, though nothing fails for it.
  [[nodiscard]] std::vector<std::string> warnings() const;

  /// Checks `options`, reads certificates and resolves the upstream; `previous` may be null. May block.
  [[nodiscard]] static Result<std::shared_ptr<const Door>> open(const Config& config, const ProxyOptions& options,
                                                                const Door* previous);
};

/// Whether looking the name up again can tell something new.
[[nodiscard]] bool is_name(const Address& address) noexcept;

/// The addresses of a TCP host and port, or of a unix socket. May block.
[[nodiscard]] Result<std::vector<Endpoint>> resolve(const Address& address, bool passive);

}  // namespace gatehouse::proxy
