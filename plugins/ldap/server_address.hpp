// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Where a directory server is.
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::ldap {

enum class Scheme { ldap, ldaps, ldapi };

struct ServerAddress {
  Scheme scheme = Scheme::ldap;
  std::string host{};  ///< a name or an address without brackets; of ldapi, the path of its socket
  std::uint16_t port = 389;

  /// As libldap reads it, and people.
  [[nodiscard]] std::string uri() const;
  /// Whether what is sent stays on this machine.
  [[nodiscard]] bool is_local() const noexcept;
  auto operator<=>(const ServerAddress&) const = default;
};

inline constexpr std::string_view default_socket = "/var/run/slapd/ldapi";

/// A domain whose servers DNS names.
struct ServiceDomain {
  Scheme scheme = Scheme::ldaps;
  std::string domain{};

  [[nodiscard]] std::string uri() const;
  auto operator<=>(const ServiceDomain&) const = default;
};

/// Reads ldaps+srv://DOMAIN or ldap+srv://DOMAIN. Nothing if it is neither.
[[nodiscard]] std::optional<ServiceDomain> read_service_domain(std::string_view text);

/// Reads ldap://HOST[:PORT], ldaps://HOST[:PORT] or ldapi://[PATH with %2F for /], with or without a / at its end.
/// Nothing if it is none of these; `fault` then says why.
[[nodiscard]] std::optional<ServerAddress> read_server(std::string_view text, std::string& fault);

}  // namespace gatehouse::ldap
