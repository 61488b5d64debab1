// SPDX-License-Identifier: Apache-2.0
#include "make_hash.hpp"

#include <sys/random.h>

#include <array>

#include "apr1_md5.hpp"
#include "crypt_hash.hpp"
#include "sha.hpp"
#include "verify.hpp"

namespace gatehouse::htpasswd {
namespace {

constexpr std::size_t kApr1Salt = 8;

/// Six random bits a character.
std::optional<std::string> random_salt() {
  constexpr std::string_view kAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::array<unsigned char, kApr1Salt> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return std::nullopt;
  std::string salt;
  for (const unsigned char byte : bytes) salt += kAlphabet[byte & 0x3FU];
  return salt;
}

}  // namespace

std::optional<std::string> make_hash(const Digests& digests, Scheme scheme, unsigned long cost,
                                     std::string_view password) {
  if (!is_checkable(scheme, password)) return std::nullopt;
  switch (scheme) {
    case Scheme::bcrypt:
      return make_crypt("$2y$", cost, password);
    case Scheme::sha256_crypt:
      return make_crypt("$5$", cost, password);
    case Scheme::sha512_crypt:
      return make_crypt("$6$", cost, password);
    case Scheme::des:
      return make_crypt("", 0, password);
    case Scheme::apr1: {
      const auto salt = random_salt();
      return salt ? make_apr1(digests, *salt, password) : std::nullopt;
    }
    case Scheme::sha1:
      return make_sha(digests, password);
    case Scheme::plain:
      return "{PLAIN}" + std::string(password);
    default:
      return std::nullopt;
  }
}

}  // namespace gatehouse::htpasswd
