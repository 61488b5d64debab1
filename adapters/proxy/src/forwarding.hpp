// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Where a request comes from: the peer, or, where the peer is a trusted proxy, what that says in X-Forwarded-For,
/// X-Forwarded-Proto and X-Forwarded-Host. `Forwarded` and all their relatives are never read: a proxy that writes one
/// set passes on what a caller wrote in the others.
#include <span>
#include <string>
#include <string_view>

#include <gatehouse/network.hpp>

#include "message_head.hpp"

namespace gatehouse::proxy {

struct Origin {
  std::string client;       ///< address; empty: a unix socket, and nobody who is believed says more
  std::string trail;        ///< the client, then the proxies between, as X-Forwarded-For has them; empty: none
  std::string_view scheme;  ///< http or https
  std::string_view host;    ///< as the caller wrote it; may be empty in HTTP/1.0
  bool known = true;        ///< false: `client` is a proxy that speaks for somebody it does not tell of
};

/// `peer` is an address, or empty for a unix socket. What is believed is read from the right, up to the first address
/// that is not of `trusted`, or that cannot be read.
[[nodiscard]] Origin find_origin(const RequestHead& head, std::string_view peer, std::string_view scheme,
                                 std::span<const http::Network> trusted);

/// Whether a browser sent the request for a page of another host. `host` is that of the request.
[[nodiscard]] bool is_from_elsewhere(const RequestHead& head, std::string_view host) noexcept;

}  // namespace gatehouse::proxy
