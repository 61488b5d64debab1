// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Which servers let a user in with a hash. nginx, Apache and HAProxy leave most schemes to crypt(3): this is what they
/// do on Debian 12 and 13, with libxcrypt.
#include <string_view>

#include "scheme.hpp"

namespace gatehouse::htpasswd {

struct Readers {
  bool nginx;    ///< auth_basic_user_file
  bool apache;   ///< AuthUserFile
  bool haproxy;  ///< `user NAME password HASH` in a userlist
  bool caddy;    ///< basic_auth
  bool envoy;    ///< the basic_auth filter
};

/// `scheme` as shape_of() tells it, with everything allowed.
[[nodiscard]] Readers readers_of(Scheme scheme) noexcept;

}  // namespace gatehouse::htpasswd
