// SPDX-License-Identifier: Apache-2.0
#include "readers.hpp"

namespace gatehouse::htpasswd {

Readers readers_of(Scheme scheme) noexcept {
  switch (scheme) {
    case Scheme::bcrypt:
      return {.nginx = true, .apache = true, .haproxy = true, .caddy = true, .envoy = false};
    case Scheme::apr1:
      return {.nginx = true, .apache = true, .haproxy = false, .caddy = false, .envoy = false};
    case Scheme::sha1:
      return {.nginx = true, .apache = true, .haproxy = false, .caddy = false, .envoy = true};
    case Scheme::salted_sha1:
    case Scheme::plain:
      return {.nginx = true, .apache = false, .haproxy = false, .caddy = false, .envoy = false};
    case Scheme::md5_crypt:
    case Scheme::sha256_crypt:
    case Scheme::sha512_crypt:
    case Scheme::yescrypt:
    case Scheme::gost_yescrypt:
    case Scheme::scrypt:
    case Scheme::des:
      return {.nginx = true, .apache = true, .haproxy = true, .caddy = false, .envoy = false};
    default:
      return {};
  }
}

}  // namespace gatehouse::htpasswd
