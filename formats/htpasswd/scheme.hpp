// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The hash schemes, and what makes a stored hash unusable.
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::htpasswd {

/// How a stored hash is checked, decided once when the file is read. From `empty` on, nothing matches: the user is
/// known and always refused. The numbers are used as separators in PasswordTable: below 32, and never '\n' (10).
enum class Scheme : std::uint8_t {
  bcrypt = 1,          ///< $2y$ $2a$ $2b$
  apr1 = 2,            ///< $apr1$, Apache's own MD5
  sha1 = 3,            ///< {SHA}
  salted_sha1 = 4,     ///< {SSHA}
  plain = 5,           ///< {PLAIN}
  md5_crypt = 6,       ///< $1$
  sha256_crypt = 7,    ///< $5$
  sha512_crypt = 8,    ///< $6$
  yescrypt = 9,        ///< $y$
  gost_yescrypt = 11,  ///< $gy$
  scrypt = 12,         ///< $7$
  des = 13,            ///< 13 characters, no prefix

  empty = 16,      ///< nothing after the colon
  locked = 17,     ///< begins with '*' or '!', as administrators and crypt() write it
  unknown = 18,    ///< no hash that is known here; perhaps a password written as it is
  plain_off = 19,  ///< {PLAIN} without allow_plain
  des_off = 20,    ///< DES without allow_des
  malformed = 21,  ///< a known prefix, and then not what must follow
  too_costly = 22  ///< over a cap of the configuration
};

inline constexpr std::size_t kSchemeCount = 23;

[[nodiscard]] constexpr bool is_usable(Scheme scheme) noexcept {
  return scheme < Scheme::empty;
}

/// What the configuration allows.
struct Policy {
  bool allow_plain = false;
  bool allow_des = false;
  unsigned max_bcrypt_cost = 14;
  std::uint64_t max_sha_crypt_rounds = 1'000'000;
  std::uint64_t max_hash_memory = 64ULL << 20U;  ///< bytes, of yescrypt, gost-yescrypt and scrypt
};

/// The longest password that is checked, in bytes. Longer ones are refused, never cut.
[[nodiscard]] constexpr std::size_t longest_password(Scheme scheme) noexcept {
  if (scheme == Scheme::bcrypt) return 72;
  if (scheme == Scheme::des) return 8;
  return 511;  // what crypt_rn() takes
}

/// "bcrypt", for messages.
[[nodiscard]] std::string_view scheme_name(Scheme scheme) noexcept;
/// Why an unusable hash never matches; empty for usable schemes and for `locked`, which is no mistake.
[[nodiscard]] std::string_view complaint(Scheme scheme) noexcept;

}  // namespace gatehouse::htpasswd
