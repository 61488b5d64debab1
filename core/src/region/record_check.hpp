// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The check that a record of several words carries: SipHash-2-4 (Aumasson and Bernstein, 2012) over whole words.
///
/// Rationale: it is computed on every hit, over some 80 bytes. OpenSSL has SipHash only behind objects that are
/// allocated for each use.
#include <bit>
#include <cstdint>
#include <span>

namespace gatehouse::detail {

struct CheckKey {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

[[nodiscard]] inline std::uint64_t record_check(const CheckKey& key, std::span<const std::uint64_t> words) noexcept {
  std::uint64_t v0 = key.first ^ 0x736F6D6570736575ULL;
  std::uint64_t v1 = key.second ^ 0x646F72616E646F6DULL;
  std::uint64_t v2 = key.first ^ 0x6C7967656E657261ULL;
  std::uint64_t v3 = key.second ^ 0x7465646279746573ULL;
  const auto round = [&] {
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
  };
  const auto take = [&](std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  };
  for (const std::uint64_t word : words) take(word);
  take(static_cast<std::uint64_t>(words.size() * 8) << 56U);
  v2 ^= 0xFF;
  for (int i = 0; i < 4; ++i) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

}  // namespace gatehouse::detail
