// SPDX-License-Identifier: Apache-2.0
#include "hash_shape.hpp"

#include <algorithm>

namespace gatehouse::htpasswd {
namespace {

constexpr HashShape kMalformed{Scheme::malformed, 0};
constexpr HashShape kTooCostly{Scheme::too_costly, 0};

bool is_crypt_text(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '.' && c <= '9'); });
}

/// "SALT$HASH" with a salt of at most `salt` bytes and a hash of exactly `size` characters.
bool is_salt_and_hash(std::string_view text, std::size_t salt, std::size_t size) noexcept {
  const std::size_t dollar = text.find('$');
  return dollar != std::string_view::npos && dollar <= salt && text.size() - dollar - 1 == size &&
         is_crypt_text(text.substr(dollar + 1));
}

/// Base64 of RFC 4648 with its padding; gives the number of bytes it holds, 0 if it is not that.
std::size_t base64_bytes(std::string_view text) noexcept {
  if (text.empty() || text.size() % 4 != 0) return 0;
  const std::size_t padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
  const bool clean = std::all_of(text.begin(), text.end() - static_cast<std::ptrdiff_t>(padding), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  });
  return clean ? text.size() / 4 * 3 - padding : 0;
}

HashShape bcrypt_shape(std::string_view hash, const Policy& policy) noexcept {
  const auto work = bcrypt_work(hash.substr(4, 2));
  if (hash.size() != 60 || hash[6] != '$' || !is_crypt_text(hash.substr(7)) || !work) return kMalformed;
  if (*work > Work{1} << policy.max_bcrypt_cost) return kTooCostly;
  return {Scheme::bcrypt, *work};
}

HashShape sha_crypt_shape(std::string_view text, Scheme scheme, std::size_t size, const Policy& policy) noexcept {
  const auto rounds = take_sha_crypt_rounds(text);
  if (!rounds || !is_salt_and_hash(text, 16, size)) return kMalformed;
  if (*rounds > policy.max_sha_crypt_rounds) return kTooCostly;
  return {scheme, *rounds};
}

HashShape memory_hard_shape(std::optional<MemoryCost> cost, Scheme scheme, const Policy& policy) noexcept {
  if (!cost || !is_salt_and_hash(cost->rest, 86, 43)) return kMalformed;
  // Passing over the same memory again (p, t) is a way to ask for time: four times the memory's own is the most.
  if (cost->memory > policy.max_hash_memory || cost->work / 4 > policy.max_hash_memory) return kTooCostly;
  return {scheme, cost->work};
}

HashShape braced_shape(std::string_view hash, const Policy& policy) noexcept {
  if (hash.starts_with("{SHA}")) {
    return base64_bytes(hash.substr(5)) == 20 ? HashShape{Scheme::sha1, 1} : kMalformed;
  }
  if (hash.starts_with("{SSHA}")) {
    const std::size_t bytes = base64_bytes(hash.substr(6));
    return bytes > 20 && bytes <= 20 + 64 ? HashShape{Scheme::salted_sha1, 1} : kMalformed;
  }
  if (hash.starts_with("{PLAIN}")) {
    if (!policy.allow_plain) return {Scheme::plain_off, 0};
    return hash.size() > 7 ? HashShape{Scheme::plain, 1} : kMalformed;
  }
  return {Scheme::unknown, 0};
}

}  // namespace

HashShape shape_of(std::string_view hash, const Policy& policy) noexcept {
  if (hash.empty()) return {Scheme::empty, 0};
  if (hash.front() == '*' || hash.front() == '!') return {Scheme::locked, 0};
  if (std::any_of(hash.begin(), hash.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) {
    return kMalformed;
  }
  if (hash.front() == '{') return braced_shape(hash, policy);
  if (hash.starts_with("$2y$") || hash.starts_with("$2a$") || hash.starts_with("$2b$")) {
    return bcrypt_shape(hash, policy);
  }
  if (hash.starts_with("$apr1$")) {
    return is_salt_and_hash(hash.substr(6), 8, 22) ? HashShape{Scheme::apr1, 1} : kMalformed;
  }
  if (hash.starts_with("$1$")) {
    return is_salt_and_hash(hash.substr(3), 8, 22) ? HashShape{Scheme::md5_crypt, 1} : kMalformed;
  }
  if (hash.starts_with("$5$")) return sha_crypt_shape(hash.substr(3), Scheme::sha256_crypt, 43, policy);
  if (hash.starts_with("$6$")) return sha_crypt_shape(hash.substr(3), Scheme::sha512_crypt, 86, policy);
  if (hash.starts_with("$y$")) return memory_hard_shape(yescrypt_cost(hash.substr(3)), Scheme::yescrypt, policy);
  if (hash.starts_with("$gy$")) {
    return memory_hard_shape(yescrypt_cost(hash.substr(4)), Scheme::gost_yescrypt, policy);
  }
  if (hash.starts_with("$7$")) return memory_hard_shape(scrypt_cost(hash.substr(3)), Scheme::scrypt, policy);
  if (hash.size() == 13 && is_crypt_text(hash)) {
    return policy.allow_des ? HashShape{Scheme::des, 1} : HashShape{Scheme::des_off, 0};
  }
  return {Scheme::unknown, 0};
}

std::string_view scheme_name(Scheme scheme) noexcept {
  switch (scheme) {
    case Scheme::bcrypt:
      return "bcrypt";
    case Scheme::apr1:
      return "apr1";
    case Scheme::sha1:
      return "{SHA}";
    case Scheme::salted_sha1:
      return "{SSHA}";
    case Scheme::plain:
      return "{PLAIN}";
    case Scheme::md5_crypt:
      return "md5-crypt";
    case Scheme::sha256_crypt:
      return "sha256-crypt";
    case Scheme::sha512_crypt:
      return "sha512-crypt";
    case Scheme::yescrypt:
      return "yescrypt";
    case Scheme::gost_yescrypt:
      return "gost-yescrypt";
    case Scheme::scrypt:
      return "scrypt";
    case Scheme::des:
      return "DES";
    default:
      return "none";
  }
}

std::string_view complaint(Scheme scheme) noexcept {
  switch (scheme) {
    case Scheme::empty:
      return "no hash after the colon";
    case Scheme::unknown:
      return "not a known hash; a password must not be written as it is";
    case Scheme::plain_off:
      return "{PLAIN}, and allow_plain is off";
    case Scheme::des_off:
      return "DES (13 characters), and allow_des is off";
    case Scheme::malformed:
      return "a malformed hash";
    case Scheme::too_costly:
      return "a hash that costs more than max_bcrypt_cost, max_sha_crypt_rounds or max_hash_memory allows";
    default:
      return {};
  }
}

}  // namespace gatehouse::htpasswd
