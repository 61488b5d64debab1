// SPDX-License-Identifier: Apache-2.0
#include "server_address.hpp"

#include <algorithm>

#include "percent.hpp"
#include "text.hpp"

namespace gatehouse::ldap {
namespace {

constexpr std::size_t longest_host = 255;
constexpr std::size_t longest_socket_path = 107;

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= longest_host && host.front() != '-' &&
         std::all_of(host.begin(), host.end(), [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_ipv6(std::string_view host) {
  return host.size() >= 2 && host.size() <= 64 && host.find(':') != std::string_view::npos &&
         std::all_of(host.begin(), host.end(), [](char c) { return hex_value(c) >= 0 || c == ':' || c == '.'; });
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  if (text.empty() || text.size() > 5 || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  unsigned port = 0;
  for (const char c : text) port = port * 10 + static_cast<unsigned>(c - '0');
  if (port == 0 || port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

std::optional<ServerAddress> read_socket(std::string_view text, std::string& fault) {
  const auto path = percent_decoded(text);
  if (!path || text.find('/') != std::string_view::npos) {
    fault = "has a socket path that is not encoded; write ldapi://%2Frun%2Fslapd%2Fldapi";
    return std::nullopt;
  }
  ServerAddress server{Scheme::ldapi, path->empty() ? std::string(default_socket) : *path, 0};
  if (server.host.front() != '/' || server.host.size() > longest_socket_path) {
    fault = "needs the absolute path of a socket, at most 107 bytes, such as ldapi://%2Frun%2Fslapd%2Fldapi";
    return std::nullopt;
  }
  return server;
}

}  // namespace

std::string ServerAddress::uri() const {
  if (scheme == Scheme::ldapi) return "ldapi://" + percent_encoded(host);
  const bool bracketed = host.find(':') != std::string::npos;
  const std::string shown = bracketed ? "[" + host + "]" : host;
  const bool usual = port == (scheme == Scheme::ldaps ? 636 : 389);
  return (scheme == Scheme::ldaps ? "ldaps://" : "ldap://") + shown + (usual ? "" : ":" + std::to_string(port));
}

bool ServerAddress::is_local() const noexcept {
  if (scheme == Scheme::ldapi || host == "::1" || same_word(host, "localhost")) return true;
  return host.starts_with("127.") &&
         std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
}

std::string ServiceDomain::uri() const {
  return (scheme == Scheme::ldaps ? "ldaps+srv://" : "ldap+srv://") + domain;
}

std::optional<ServiceDomain> read_service_domain(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string scheme = lowered(text.substr(0, colon));
  std::string_view domain = text.substr(colon + 3);
  if (domain.ends_with('/')) domain.remove_suffix(1);
  if ((scheme != "ldaps+srv" && scheme != "ldap+srv") || !is_host(domain)) return std::nullopt;
  return ServiceDomain{scheme == "ldaps+srv" ? Scheme::ldaps : Scheme::ldap, std::string(domain)};
}

std::optional<ServerAddress> read_server(std::string_view text, std::string& fault) {
  const std::size_t colon = text.find("://");
  const std::string scheme = lowered(text.substr(0, std::min(colon, text.size())));
  if (colon == std::string_view::npos || (scheme != "ldap" && scheme != "ldaps" && scheme != "ldapi")) {
    fault = "is not a server; write ldaps://HOST, ldap://HOST, ldapi://PATH or ldaps+srv://DOMAIN";
    return std::nullopt;
  }
  std::string_view rest = text.substr(colon + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#@") != std::string_view::npos) {
    fault = "must be scheme, host and port only; base, filter and the rest have keys of their own";
    return std::nullopt;
  }
  if (scheme == "ldapi") return read_socket(rest, fault);

  ServerAddress server{scheme == "ldaps" ? Scheme::ldaps : Scheme::ldap, {}, 0};
  server.port = server.scheme == Scheme::ldaps ? 636 : 389;
  std::string_view port;
  bool has_port = false;
  bool good = false;
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    const std::string_view tail = close == std::string_view::npos ? "" : rest.substr(close + 1);
    good = close != std::string_view::npos && is_ipv6(rest.substr(1, close - 1)) &&
           (tail.empty() || tail.starts_with(':'));
    if (good) server.host = rest.substr(1, close - 1);
    has_port = !tail.empty();
    port = has_port ? tail.substr(1) : "";
  } else {
    const std::size_t at = rest.find(':');
    has_port = at != std::string_view::npos;
    port = has_port ? rest.substr(at + 1) : "";
    server.host = rest.substr(0, at);
    good = is_host(server.host);
  }
  if (!good) {
    fault = "has no host that can be read; write ldaps://dc1.example.org or ldaps://[2001:db8::1]:636";
    return std::nullopt;
  }
  if (has_port) {
    const auto number = port_of(port);
    if (!number) {
      fault = "has a port that is not a number from 1 to 65535";
      return std::nullopt;
    }
    server.port = *number;
  }
  return server;
}

}  // namespace gatehouse::ldap
