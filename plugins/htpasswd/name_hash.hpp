// SPDX-License-Identifier: Apache-2.0
#pragma once
/// SipHash (Aumasson, Bernstein 2012), keyed at random per table: whoever may choose user names cannot make them
/// collide.
#include <sys/random.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>

namespace gatehouse::htpasswd {

struct NameKey {
  std::uint64_t k0;
  std::uint64_t k1;
  /// Throws std::system_error if the system has no random bytes.
  [[nodiscard]] static NameKey random() {
    NameKey key{};
    if (::getentropy(&key, sizeof key) != 0) throw std::system_error(errno, std::generic_category(), "getentropy");
    return key;
  }
};

/// SipHash-C-D; tables use 1-3.
template <int C = 1, int D = 3>
[[nodiscard]] std::uint64_t sip_hash(const NameKey& key, std::string_view text) noexcept {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t v0 = key.k0 ^ 0x736f6d6570736575U;
  std::uint64_t v1 = key.k1 ^ 0x646f72616e646f6dU;
  std::uint64_t v2 = key.k0 ^ 0x6c7967656e657261U;
  std::uint64_t v3 = key.k1 ^ 0x7465646279746573U;
  const auto rounds = [&](int n) {
    for (; n > 0; --n) {
      v0 += v1;
      v2 += v3;
      v1 = std::rotl(v1, 13) ^ v0;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 = std::rotl(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = std::rotl(v1, 17) ^ v2;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 = std::rotl(v2, 32);
    }
  };
  const auto absorb = [&](std::uint64_t word) {
    v3 ^= word;
    rounds(C);
    v0 ^= word;
  };
  std::uint64_t word = 0;
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::memcpy(&word, text.data() + i, 8);
    absorb(word);
  }
  word = 0;
  if (i < text.size()) std::memcpy(&word, text.data() + i, text.size() - i);
  absorb(word | (std::uint64_t{text.size()} << 56U));
  v2 ^= 0xFFU;
  rounds(D);
  return v0 ^ v1 ^ v2 ^ v3;
}

}  // namespace gatehouse::htpasswd
