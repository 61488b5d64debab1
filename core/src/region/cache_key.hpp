// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The name under which a decision is remembered: a MAC over everything the decision depends on. The credential itself
/// is never stored.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include <gatehouse/request.hpp>

#include <openssl/sha.h>

namespace gatehouse::detail {

using CacheKey = std::array<std::uint8_t, 32>;
using Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] inline std::uint64_t word_of(const Digest& digest, std::size_t index) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, digest.data() + 8 * index, sizeof word);
  return word;
}

/// SHA-256 over length-prefixed parts.
class PartsDigest {
 public:
  PartsDigest() noexcept;
  PartsDigest& add(std::string_view part) noexcept;
  PartsDigest& add(std::uint64_t number) noexcept;
  [[nodiscard]] Digest finish() noexcept;

 private:
  friend class CacheKeyMaker;
  explicit PartsDigest(const SHA256_CTX& state) noexcept : state_(state) {}
  SHA256_CTX state_;
};

/// HMAC-SHA-256 (RFC 2104) with the region's key. Allocates nothing. [any-thread]
///
/// Rationale: OpenSSL's own MAC objects are fetched and allocated per use; the block function alone is several times
/// faster, and a hit must cost less than a microsecond.
class CacheKeyMaker {
 public:
  explicit CacheKeyMaker(const std::array<std::uint8_t, 32>& key) noexcept;
  ~CacheKeyMaker();
  CacheKeyMaker(const CacheKeyMaker&) = delete;
  CacheKeyMaker& operator=(const CacheKeyMaker&) = delete;
  /// `definition` stands for the realm and its whole chain; `declared` are the attribute names that some backend of the
  /// chain reads, sorted: only those of the request count.
  [[nodiscard]] CacheKey make(const Digest& definition, const Request& request,
                              std::span<const std::string_view> declared) const noexcept;
  /// The name of something else than a question. `purpose` keeps one kind apart from another.
  [[nodiscard]] Digest name(std::string_view purpose, std::string_view first,
                            std::string_view second = {}) const noexcept;

 private:
  [[nodiscard]] Digest close(PartsDigest& parts) const noexcept;
  SHA256_CTX inner_;
  SHA256_CTX outer_;
};

}  // namespace gatehouse::detail
