// SPDX-License-Identifier: Apache-2.0
#include "address.hpp"

#include <sys/un.h>

#include <charconv>
#include <optional>

#include "ascii.hpp"
#include "target.hpp"

namespace gatehouse::proxy {

namespace {

Error wrong(std::string_view what, std::string_view text, std::string_view expected) {
  std::string message(what);
  message.append(" \"").append(text).append("\": ").append(expected);
  return Error{message};
}

/// HOST, HOST:PORT, [V6] or [V6]:PORT.
std::optional<Address> read_host_and_port(std::string_view text, std::optional<std::uint16_t> default_port) {
  if (!is_authority(text)) return std::nullopt;
  Address address;
  const auto host_end = text.front() == '[' ? text.find(']') + 1 : text.find(':');
  const auto host = text.substr(0, host_end);
  address.host = host.front() == '[' ? host.substr(1, host.size() - 2) : host;
  if (host.size() == text.size()) {
    if (!default_port) return std::nullopt;
    address.port = *default_port;
    return address;
  }
  unsigned port = 0;
  for (const char c : text.substr(host.size() + 1)) port = port * 10 + static_cast<unsigned>(c - '0');
  address.port = static_cast<std::uint16_t>(port);
  return address;
}

Result<Address> read_unix(std::string_view what, std::string_view text) {
  const auto path = text.substr(5);
  if (path.empty() || path.front() != '/') return wrong(what, text, "a unix socket needs an absolute path");
  if (path.size() >= sizeof(sockaddr_un{}.sun_path)) return wrong(what, text, "the path is too long for a unix socket");
  if (path.find('\0') != std::string_view::npos) return wrong(what, text, "a path has no NUL");
  Address address;
  address.path = path;
  return address;
}

/// 0 to 2 are standard input and its like.
Result<Address> read_descriptor(std::string_view text) {
  const auto digits = text.substr(3);
  Address address;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), address.fd);
  if (error != std::errc{} || end != digits.data() + digits.size() || address.fd < 3 || address.fd > 65535) {
    return wrong("listen", text, "expected the number of an open descriptor, 3 to 65535");
  }
  return address;
}

}  // namespace

std::string Address::text() const {
  if (fd >= 0) return "fd:" + std::to_string(fd);
  return path.empty() ? authority() : "unix:" + path;
}

std::string Address::authority() const {
  if (!path.empty()) return "localhost";
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Address> read_listen(std::string_view text) {
  if (text.starts_with("unix:")) return read_unix("listen", text);
  if (text.starts_with("fd:")) return read_descriptor(text);
  if (auto address = read_host_and_port(text, std::nullopt)) return *std::move(address);
  return wrong("listen", text, "expected ADDRESS:PORT, [IPV6]:PORT or unix:PATH");
}

Result<Upstream> read_upstream(std::string_view text) {
  Upstream upstream;
  if (text == "whoami:") {
    upstream.whoami = true;
    return upstream;
  }
  if (text.starts_with("unix:")) {
    auto address = read_unix("upstream", text);
    if (!address) return address.error();
    upstream.address = *std::move(address);
    return upstream;
  }
  // First, and without repeating what was given: a password may be in it.
  if (text.find('@') != std::string_view::npos) {
    return Error{"upstream: user and password in the URL are not supported; remove them"};
  }
  constexpr auto* expected = "expected http://HOST:PORT, https://HOST:PORT, unix:PATH or whoami:";
  upstream.tls = iequals(text.substr(0, 8), "https://");
  if (!upstream.tls && !iequals(text.substr(0, 7), "http://")) return wrong("upstream", text, expected);
  auto rest = text.substr(upstream.tls ? 8 : 7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#") != std::string_view::npos) {
    return wrong("upstream", text, "requests are passed on with their path unchanged; remove the path from the URL");
  }
  auto address = read_host_and_port(rest, upstream.tls ? std::uint16_t{443} : std::uint16_t{80});
  if (!address || address->port == 0) return wrong("upstream", text, expected);
  upstream.address = *std::move(address);
  return upstream;
}

}  // namespace gatehouse::proxy
