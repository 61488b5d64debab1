// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Where the proxy listens and whom it passes requests to, as the operator writes it.
#include <cstdint>
#include <string>
#include <string_view>

#include <gatehouse/result.hpp>

namespace gatehouse::proxy {

/// A TCP host and port; when `path` is set a unix socket; when `fd` is, a socket that somebody else has opened.
struct Address {
  std::string host;
  std::uint16_t port = 0;
  std::string path;
  int fd = -1;

  [[nodiscard]] std::string text() const;       ///< as read_listen takes it
  [[nodiscard]] std::string authority() const;  ///< as a Host field; "localhost" for a unix socket
};

/// A:P, [v6]:P, unix:PATH or fd:N. The error names what was given and what is expected.
[[nodiscard]] Result<Address> read_listen(std::string_view text);

struct Upstream {
  bool whoami = false;
  bool tls = false;
  Address address;
};

/// http://HOST[:PORT][/], https://HOST[:PORT][/], unix:PATH, or whoami:
[[nodiscard]] Result<Upstream> read_upstream(std::string_view text);

}  // namespace gatehouse::proxy
