// SPDX-License-Identifier: Apache-2.0
#include "door.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "target.hpp"

namespace gatehouse::proxy {

namespace {

/// Rounded up, never zero.
Ticks ticks(std::chrono::milliseconds time) noexcept {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(time).count();
  return seconds < 1 ? 1 : static_cast<Ticks>(seconds);
}

struct Certificates {
  std::shared_ptr<const TlsContext> callers;
  std::shared_ptr<const TlsContext> upstream;
};

Result<Certificates> read_certificates(const ProxyOptions& options, bool upstream) {
  const auto& files = options.tls;
  if (files.cert.empty() != files.key.empty()) {
    return Error{"[proxy] TLS needs both: the certificate (tls_cert, --tls-cert) and its key (tls_key, --tls-key)"};
  }
  if (files.cert.empty() && files.client_cert != ClientCertificate::off) {
    return Error{"[proxy] tls_client_cert and tls_client_ca are for TLS: give tls_cert and tls_key too"};
  }
  Certificates certificates;
  if (!files.cert.empty()) {
    auto context = TlsContext::server(files);
    if (!context) return context.error();
    certificates.callers = *std::move(context);
  }
  if (upstream) {
    auto context = TlsContext::client(options.upstream_ca);
    if (!context) return context.error();
    certificates.upstream = *std::move(context);
  }
  return certificates;
}

}  // namespace

Door::Door(Config loaded, Realm chosen, http::Settings read, ProxyOptions given)
    : config(std::move(loaded)),
      realm(std::move(chosen)),
      settings(std::move(read)),
      rules(settings.identity),
      options(std::move(given)),
      display_name(realm.display_name()),
      header(ticks(options.timeouts.header)),
      idle(ticks(options.timeouts.idle)),
      body(ticks(options.timeouts.body)),
      connect(ticks(options.timeouts.connect)),
      response(ticks(options.timeouts.response)),
      write(ticks(options.timeouts.write)),
      tunnel(ticks(options.timeouts.tunnel)) {
  offer.display_name = display_name;
  offer.credentials = realm.credentials();
}

Result<std::shared_ptr<const Door>> Door::open(const Config& config, const ProxyOptions& options,
                                               const Door* previous) {
  auto realm = config.realm(options.realm);
  if (!realm) return realm.error();
  auto settings = http::settings(config.section("http"));
  if (!settings) return settings.error();
  auto access = http::rules(config);
  if (!access) return access.error();
  auto peers = http::read_networks(options.forward_auth_peers);
  if (!peers) return Error{"forward_auth_peers: " + peers.error().message};
  const bool passes_on = !options.upstream.empty() || options.forward_auth.empty();
  auto upstream = passes_on ? read_upstream(options.upstream) : Upstream();
  if (!upstream) return upstream.error();
  if (!options.upstream_host.empty() && !is_authority(options.upstream_host)) {
    return Error{"upstream_host \"" + options.upstream_host + "\": expected HOST or HOST:PORT"};
  }

  auto door = std::make_shared<Door>(config, *std::move(realm), *std::move(settings), options);
  door->upstream = *std::move(upstream);
  door->access = *std::move(access);
  door->forward_auth_peers = *std::move(peers);
  if (door->upstream.whoami && previous != nullptr) door->route = previous->route;
  if (passes_on && !door->upstream.whoami) {
    auto endpoints = resolve(door->upstream.address, false);
    if (!endpoints) return Error{"upstream \"" + options.upstream + "\": " + endpoints.error().message};
    const auto* earlier = previous == nullptr ? nullptr : previous->route.get();
    const bool same = earlier != nullptr && !previous->upstream.tls && !door->upstream.tls &&
                      previous->options.upstream == options.upstream;
    door->route = same ? previous->route : std::make_shared<Route>(*endpoints, earlier);
    door->route->update(*std::move(endpoints));
    door->upstream_authority = door->upstream.address.authority();
  }
  auto certificates = read_certificates(options, door->upstream.tls);
  if (!certificates) return certificates.error();
  door->tls = std::move(certificates->callers);
  door->upstream_tls = std::move(certificates->upstream);
  if (!options.access_log.empty()) {
    auto log = AccessLog::open(options.access_log, options.access_log_query);
    if (!log) return log.error();
    door->access_log = *std::move(log);
  }
  return std::shared_ptr<const Door>(std::move(door));
}

Result<void> check(const ProxyOptions& options) {
  const auto certificates = read_certificates(options, !options.upstream_ca.empty());
  if (!certificates) return certificates.error();
  return {};
}

Result<void> check_access_log(const ProxyOptions& options) {
  return AccessLog::check(options.access_log);
}

std::vector<std::string> Door::warnings() const {
  return tls ? tls->warnings() : std::vector<std::string>();
}

bool is_name(const Address& address) noexcept {
  return address.path.empty() && !http::SourceAddress::read(address.host) && address.host != "localhost";
}

Result<std::vector<Endpoint>> resolve(const Address& address, bool passive) {
  std::vector<Endpoint> endpoints;
  if (!address.path.empty()) {
    endpoints.emplace_back(asio::local::stream_protocol::endpoint(address.path));
    return endpoints;
  }
  using asio::ip::tcp;
  asio::io_context context(1);
  tcp::resolver resolver(context);
  error_code error;
  const auto flags = passive ? tcp::resolver::passive : tcp::resolver::flags();
  const auto found = resolver.resolve(address.host, std::to_string(address.port), flags, error);
  if (error) return Error{"cannot resolve " + address.host + ": " + error.message()};
  for (const auto& entry : found) endpoints.emplace_back(entry.endpoint());
  return endpoints;
}

}  // namespace gatehouse::proxy
