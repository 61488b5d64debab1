// SPDX-License-Identifier: Apache-2.0
#include "verify.hpp"

#include <gatehouse/plugin/backend.hpp>

#include "apr1_md5.hpp"
#include "crypt_hash.hpp"
#include "sha.hpp"

namespace gatehouse::htpasswd {

bool is_checkable(Scheme scheme, std::string_view password) noexcept {
  return !password.empty() && password.size() <= longest_password(scheme) &&
         password.find('\0') == std::string_view::npos;
}

Match verify(const Digests& digests, Scheme scheme, std::string_view hash, std::string_view password) noexcept {
  if (!is_checkable(scheme, password)) return Match::no;
  switch (scheme) {
    case Scheme::bcrypt:
    case Scheme::md5_crypt:
    case Scheme::sha256_crypt:
    case Scheme::sha512_crypt:
    case Scheme::yescrypt:
    case Scheme::gost_yescrypt:
    case Scheme::scrypt:
    case Scheme::des:
      return check_crypt(hash, password);
    case Scheme::apr1:
      return check_apr1(digests, hash, password);
    case Scheme::sha1:
    case Scheme::salted_sha1:
      return check_sha(digests, hash, password);
    case Scheme::plain:
      return plugin::equal_constant_time(hash.substr(7), password) ? Match::yes : Match::no;
    default:
      return Match::no;
  }
}

}  // namespace gatehouse::htpasswd
