// SPDX-License-Identifier: Apache-2.0
// The section [proxy].

#include "address.hpp"
#include "ascii.hpp"
#include "gatehouse/network.hpp"
#include "gatehouse/proxy.hpp"
#include "target.hpp"

namespace gatehouse::proxy {

namespace {

OptionSpec spec(std::string name, OptionType type, std::string default_value, std::string help) {
  OptionSpec option;
  option.name = std::move(name);
  option.type = type;
  option.default_value = std::move(default_value);
  option.help = std::move(help);
  return option;
}

/// Durations in milliseconds, from one second to one day.
OptionSpec duration(std::string name, std::string default_value, std::string help) {
  auto option = spec(std::move(name), OptionType::duration, std::move(default_value), std::move(help));
  option.minimum = 1000;
  option.maximum = 24LL * 3600 * 1000;
  return option;
}

OptionSpec integer(std::string name, std::string default_value, std::int64_t maximum, std::string help) {
  auto option = spec(std::move(name), OptionType::integer, std::move(default_value), std::move(help));
  option.minimum = 1;
  option.maximum = maximum;
  return option;
}

Result<void> read_forward_auth(const OptionValues& values, ProxyOptions& result) {
  result.forward_auth = values.text("forward_auth");
  if (!result.forward_auth.empty()) {
    if (auto address = read_listen(result.forward_auth); !address) {
      return Error{"forward_auth: " + address.error().message};
    }
  }
  const auto& form = values.text("forward_auth_form");
  if (form == "original") result.forward_auth_form = ForwardAuthForm::original;
  if (form == "request") result.forward_auth_form = ForwardAuthForm::request;
  if (values.has("forward_auth_peers")) result.forward_auth_peers = values.list("forward_auth_peers");
  if (result.forward_auth_peers.empty()) return Error{"forward_auth_peers: is empty: nobody could ask"};
  if (auto peers = http::read_networks(result.forward_auth_peers); !peers) {
    return Error{"forward_auth_peers: " + peers.error().message};
  }
  return {};
}

}  // namespace

SectionSpec section() {
  SectionSpec section;
  section.name = "proxy";
  auto& all = section.options;
  all.push_back(spec("listen", OptionType::text, "127.0.0.1:8080", "ADDRESS:PORT, [IPV6]:PORT or unix:PATH"));
  constexpr auto* upstream =
      "The service: http://HOST:PORT, https://HOST:PORT, unix:PATH, or whoami: which answers with what it was told";
  all.push_back(spec("upstream", OptionType::text, "", upstream));
  all.push_back(spec("upstream_ca", OptionType::path, "",
                     "PEM file of who may vouch for an https:// upstream; without it the system's authorities"));
  all.push_back(spec("tls_cert", OptionType::path, "", "PEM file of the certificate and its chain: callers use HTTPS"));
  all.push_back(spec("tls_key", OptionType::path, "", "PEM file of the certificate's key"));
  auto client_cert =
      spec("tls_client_cert", OptionType::text, "",
           "Whether callers are asked for a certificate; optional when tls_client_ca is given, else off");
  client_cert.choices = "off|optional|required";
  all.push_back(std::move(client_cert));
  all.push_back(spec("tls_client_ca", OptionType::path, "",
                     "PEM file of who may vouch for callers' certificates; without it any is taken, for its hash"));
  all.push_back(spec("realm", OptionType::text, "", "The realm that is asked; needed when there are several"));
  all.push_back(integer("threads", "1", 256, "Event loops, each with its own thread"));
  all.push_back(
      spec("admin", OptionType::text, "",
           "ADDRESS:PORT for /health and /metrics; unix:PATH also for commands, from root and this user only"));
  all.push_back(spec("upstream_host", OptionType::text, "", "Sent as Host; without it the caller's Host is passed on"));
  auto origin = spec("upstream_origin", OptionType::text, "keep",
                     "strip removes the Origin field; what pages of other hosts would change is then refused here");
  origin.choices = "keep|strip";
  all.push_back(std::move(origin));
  all.push_back(spec("upgrades", OptionType::text_list, "websocket",
                     "Protocols that a caller may change to with Upgrade, once it is let in; []: none"));
  all.push_back(spec("trusted_proxies", OptionType::text_list, "",
                     "Networks, addresses or \"unix\": whose X-Forwarded-For, -Proto and -Host are believed"));
  all.push_back(spec("proxy_protocol", OptionType::boolean, "false",
                     "Every connection begins with a PROXY header, version 1 or 2; only trusted_proxies may connect"));
  all.push_back(
      spec("access_log", OptionType::text, "", "\"stderr\" or the absolute path of a file: a line for each request"));
  all.push_back(spec("access_log_query", OptionType::boolean, "false", "Write the query too; it may hold secrets"));
  all.push_back(integer("max_connections", "10000", 1'000'000,
                        "More make room by ending who waits longest, or are answered 503"));
  all.push_back(
      integer("max_connections_per_source", "1000", 1'000'000,
              "Of one IPv4 address or IPv6 /64, and eight times as many of a /48; trusted_proxies are not counted"));
  auto min_rate = integer("min_rate", "240", 1'000'000,
                          "Bytes a second that a caller must send of a body, or take of a response, while it is waited "
                          "for; 0: any");
  min_rate.minimum = 0;
  all.push_back(std::move(min_rate));
  all.push_back(duration("resolve_interval", "30s", "How often the name of the upstream is looked up again"));
  all.push_back(duration("header_timeout", "10s", "For a whole request head, from its first byte"));
  all.push_back(duration("idle_timeout", "75s", "For an open connection between two requests"));
  all.push_back(duration("body_timeout", "60s", "Between two pieces of a body"));
  all.push_back(duration("connect_timeout", "5s", "To connect to the upstream"));
  all.push_back(
      duration("response_timeout", "300s", "For the upstream's response head, once it has the whole request"));
  all.push_back(duration("write_timeout", "60s", "Between two pieces that a peer takes"));
  all.push_back(duration("tunnel_timeout", "3600s", "For a WebSocket or another tunnel in which nothing moves"));
  all.push_back(duration("drain_timeout", "30s", "For requests in flight when the proxy is told to end"));
  all.push_back(spec("forward_auth", OptionType::text, "",
                     "Where other proxies ask whether a request may pass: ADDRESS:PORT, [IPV6]:PORT or unix:PATH"));
  auto form = spec("forward_auth_form", OptionType::text, "forwarded",
                   "What they tell of the request: X-Forwarded-Method and -Uri; X-Original-Method and -URL; or the "
                   "question is the request itself");
  form.choices = "forwarded|original|request";
  all.push_back(std::move(form));
  all.push_back(spec("forward_auth_peers", OptionType::text_list, "127.0.0.1,::1,unix",
                     "Who may ask: ADDRESS, ADDRESS/BITS, or unix. Others are refused"));
  return section;
}

namespace {

void read_tls(const OptionValues& values, ProxyOptions& result) {
  result.tls.cert = values.text("tls_cert");
  result.tls.key = values.text("tls_key");
  result.tls.client_ca = values.text("tls_client_ca");
  const auto& asked = values.text("tls_client_cert");
  const bool optional = asked == "optional" || (asked.empty() && !result.tls.client_ca.empty());
  result.tls.client_cert = asked == "required" ? ClientCertificate::required
                           : optional          ? ClientCertificate::optional
                                               : ClientCertificate::off;
  result.upstream_ca = values.text("upstream_ca");
}

/// Who is believed, what may be changed to, and what is written of it.
Result<void> read_trust(const OptionValues& values, ProxyOptions& result) {
  auto networks = http::read_networks(values.list("trusted_proxies"));
  if (!networks) return Error{"[proxy] trusted_proxies: " + networks.error().message};
  result.trusted_proxies = *std::move(networks);
  if (values.has("proxy_protocol")) result.proxy_protocol = values.flag("proxy_protocol");
  if (result.proxy_protocol && result.trusted_proxies.empty()) {
    return Error{"[proxy] proxy_protocol: say in trusted_proxies who may send the header"};
  }
  if (values.has("upgrades")) result.upgrades = values.list("upgrades");
  for (const auto& protocol : result.upgrades) {
    // In a tunnel nothing is judged any more: HTTP inside one would be a way around the login.
    const auto name = std::string_view(protocol).substr(0, protocol.find('/'));
    if (!is_token(name) || iequals(name, "h2c") || iequals(name, "http") || iequals(name, "h2") ||
        iequals(name, "tls")) {
      return Error{"[proxy] upgrades \"" + protocol + "\": requests inside it would not be judged"};
    }
  }
  result.access_log = values.text("access_log");
  if (!result.access_log.empty() && result.access_log != "stderr" && result.access_log.front() != '/') {
    return Error{"[proxy] access_log \"" + result.access_log + "\": expected \"stderr\" or an absolute path"};
  }
  if (values.has("access_log_query")) result.access_log_query = values.flag("access_log_query");
  return {};
}

}  // namespace

Result<ProxyOptions> options(const OptionValues& values) {
  ProxyOptions result;
  if (values.has("listen")) result.listen = {values.text("listen")};
  if (auto address = read_listen(result.listen.front()); !address) {
    return Error{"[proxy] " + address.error().message};
  }
  if (values.given("upstream")) {
    result.upstream = values.text("upstream");
    if (auto upstream = read_upstream(result.upstream); !upstream) return Error{"[proxy] " + upstream.error().message};
  }
  read_tls(values, result);
  if (auto read = read_forward_auth(values, result); !read) return Error{"[proxy] " + read.error().message};
  result.realm = values.text("realm");
  result.admin = values.text("admin");
  result.upstream_host = values.text("upstream_host");
  if (!result.upstream_host.empty() && !is_authority(result.upstream_host)) {
    return Error{"[proxy] upstream_host \"" + result.upstream_host + "\": expected HOST or HOST:PORT"};
  }
  result.strip_origin = values.text("upstream_origin") == "strip";
  if (values.has("threads")) result.threads = static_cast<unsigned>(values.integer("threads"));
  if (auto more = read_trust(values, result); !more) return more.error();
  if (values.has("max_connections_per_source")) {
    result.max_connections_per_source = static_cast<std::size_t>(values.integer("max_connections_per_source"));
  }
  if (values.has("min_rate")) result.min_rate = static_cast<std::size_t>(values.integer("min_rate"));
  if (values.has("max_connections")) {
    result.max_connections = static_cast<std::size_t>(values.integer("max_connections"));
  }
  const auto read = [&values](std::string_view name, std::chrono::milliseconds& timeout) {
    if (values.has(name)) timeout = values.duration(name);
  };
  read("header_timeout", result.timeouts.header);
  read("idle_timeout", result.timeouts.idle);
  read("body_timeout", result.timeouts.body);
  read("connect_timeout", result.timeouts.connect);
  read("response_timeout", result.timeouts.response);
  read("write_timeout", result.timeouts.write);
  read("tunnel_timeout", result.timeouts.tunnel);
  read("drain_timeout", result.timeouts.drain);
  read("resolve_interval", result.resolve);
  return result;
}

}  // namespace gatehouse::proxy
