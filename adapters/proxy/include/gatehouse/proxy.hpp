// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The proxy door: HTTP/1.0 and 1.1 in front of one service. Each request is judged before its body is read; those
/// that are granted are passed on with the caller's identity.
///
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/network.hpp>
#include <gatehouse/option.hpp>
#include <gatehouse/result.hpp>
#include <gatehouse/runtime.hpp>

namespace gatehouse::proxy {

/// Checked once a second, so each may last up to a second longer.
struct Timeouts {
  std::chrono::milliseconds header{10'000};     ///< a whole request head, from its first byte
  std::chrono::milliseconds idle{75'000};       ///< an open connection between two requests
  std::chrono::milliseconds body{60'000};       ///< between two pieces of a body
  std::chrono::milliseconds connect{5'000};     ///< to the upstream
  std::chrono::milliseconds response{300'000};  ///< the upstream's response head, once it has the whole request
  std::chrono::milliseconds write{60'000};      ///< between two pieces that a peer takes
  std::chrono::milliseconds tunnel{3'600'000};  ///< a tunnel (WebSocket) in which nothing moves
  std::chrono::milliseconds drain{30'000};      ///< what is in flight may take this long after drain()
};

/// How another proxy says which request it asks about.
enum class ForwardAuthForm {
  forwarded,  ///< X-Forwarded-Method and X-Forwarded-Uri
  original,   ///< X-Original-Method and X-Original-URL
  request,    ///< the method and the target of the question are those of the request
};

/// Whether callers are asked for a certificate.
enum class ClientCertificate { off, optional, required };

/// PEM files. They are read by open() and reload().
struct TlsFiles {
  std::string cert;  ///< the certificate and its chain; empty: no TLS
  std::string key;
  std::string client_ca;  ///< a caller's certificate must be by one of these; empty: any will do, its hash counts
  ClientCertificate client_cert = ClientCertificate::off;
};

struct ProxyOptions {
  std::vector<std::string> listen = {"127.0.0.1:8080"};  ///< A:P, [v6]:P, unix:PATH, or fd:N; port 0 picks a free one
  TlsFiles tls;                                          ///< for every listener
  std::string upstream;     ///< http:// or https://HOST[:PORT], unix:PATH, or whoami: which answers itself
  std::string upstream_ca;  ///< who may vouch for an https:// upstream; empty: the system's authorities
  std::string realm;        ///< may be empty when the configuration has one realm
  unsigned threads = 1;
  /// Answers other proxies whether a request may pass; as in `listen`. Empty: does not. With it, `upstream` may be
  /// empty: then nothing is passed on, and `listen` is not opened.
  std::string forward_auth;
  ForwardAuthForm forward_auth_form = ForwardAuthForm::forwarded;
  std::vector<std::string> forward_auth_peers = {"127.0.0.1", "::1", "unix"};  ///< networks of those who may ask
  std::string admin;          ///< where health, metrics and commands are; for the program around the proxy, not for it
  std::string upstream_host;  ///< sent as Host; empty: the caller's Host unchanged
  bool strip_origin = false;  ///< drop the Origin field
  std::vector<std::string> upgrades = {"websocket"};  ///< protocols that a caller may change to once it is let in
  std::vector<http::Network>
      trusted_proxies;          ///< whose X-Forwarded-For, -Proto and -Host, or PROXY header, is believed
  bool proxy_protocol = false;  ///< every connection begins with a PROXY header
  std::size_t max_connections = 10'000;
  std::size_t max_connections_per_source = 1'000;  ///< of one IPv4 address or IPv6 /64; trusted proxies are not counted
  std::size_t min_rate = 240;                      ///< bytes a second that a caller must send or take; 0: any
  std::chrono::milliseconds resolve{30'000};       ///< how often the upstream's name is looked up again
  std::string access_log;                          ///< "stderr" or an absolute path; empty: none
  bool access_log_query = false;                   ///< also write the query of each target
  Timeouts timeouts;
};

/// The section [proxy] of a configuration, and what it says.
[[nodiscard]] SectionSpec section();
[[nodiscard]] Result<ProxyOptions> options(const OptionValues& values);

/// What open() would refuse in `options` alone, files included; nothing is bound or resolved.
[[nodiscard]] Result<void> check(const ProxyOptions& options);
/// Whether this process could write the access log; nothing is made.
[[nodiscard]] Result<void> check_access_log(const ProxyOptions& options);

/// Receives the proxy's own lines. Called from any of its threads, one call at a time.
using Log = std::function<void(LogLevel, std::string_view)>;

/// Life: open, run on the thread that owns the Runtime's fd, destroy on that thread after run() returned.
class Proxy {
 public:
  /// Binds the listeners and resolves the upstream. `config` must have been loaded with the sections of this header and
  /// of <gatehouse/http.hpp>, or without any file. Nothing is accepted before run(). The Runtime must outlive the
  /// Proxy.
  [[nodiscard]] static Result<std::unique_ptr<Proxy>> open(Runtime& runtime, const Config& config,
                                                           const ProxyOptions& options, Log log);

  /// Serves until drained. The Runtime must be started; its dispatch() is called from here. Blocks. [owner]
  [[nodiscard]] Result<void> run();

  /// Stops accepting, ends idle connections, lets requests in flight finish up to Timeouts::drain. Returns at once. A
  /// second call ends what is still in flight. [any-thread], not from a signal handler.
  void drain() noexcept;

  /// Requests that begin after it returned are judged and passed on by `config` and `options`; those that began before
  /// keep what they began with. A change of `listen` or `threads` is not taken, and logged. On failure nothing changes.
  /// Resolves the upstream, so it may block. [any-thread], one at a time.
  [[nodiscard]] Result<void> reload(const Config& config, const ProxyOptions& options);

  /// Opens the access log by its name again. [any-thread]
  void reopen_logs() noexcept;

  /// Calls `done` once every thread of run() has come by: proof that they live. [any-thread]
  void probe(std::function<void()> done) noexcept;

  /// Connections of callers that are open. [any-thread]
  [[nodiscard]] std::size_t connections() const noexcept;

  /// Where it listens, as in ProxyOptions::listen, with the port that was picked.
  [[nodiscard]] const std::vector<std::string>& addresses() const noexcept;
  /// Where it answers other proxies; empty: it does not.
  [[nodiscard]] const std::string& forward_auth_address() const noexcept;

  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

 private:
  struct State;
  explicit Proxy(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::proxy
