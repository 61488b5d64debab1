// SPDX-License-Identifier: Apache-2.0
// The block functions of SHA-256 are marked deprecated in OpenSSL 3; see the rationale in the header.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "region/cache_key.hpp"

#include <openssl/crypto.h>

#include <algorithm>

namespace gatehouse::detail {

PartsDigest::PartsDigest() noexcept : state_() {
  SHA256_Init(&state_);
}

PartsDigest& PartsDigest::add(std::string_view part) noexcept {
  add(static_cast<std::uint64_t>(part.size()));
  SHA256_Update(&state_, part.data(), part.size());
  return *this;
}

PartsDigest& PartsDigest::add(std::uint64_t number) noexcept {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  SHA256_Update(&state_, bytes.data(), bytes.size());
  return *this;
}

Digest PartsDigest::finish() noexcept {
  Digest digest{};
  SHA256_Final(digest.data(), &state_);
  OPENSSL_cleanse(&state_, sizeof state_);
  return digest;
}

CacheKeyMaker::CacheKeyMaker(const std::array<std::uint8_t, 32>& given) noexcept : inner_(), outer_() {
  std::array<std::uint8_t, SHA256_CBLOCK> key{};
  std::copy(given.begin(), given.end(), key.begin());
  const auto prepare = [&](SHA256_CTX& state, std::uint8_t pad) {
    std::array<std::uint8_t, SHA256_CBLOCK> block = key;
    for (std::uint8_t& byte : block) byte = static_cast<std::uint8_t>(byte ^ pad);
    SHA256_Init(&state);
    SHA256_Update(&state, block.data(), block.size());
    OPENSSL_cleanse(block.data(), block.size());
  };
  prepare(inner_, 0x36);
  prepare(outer_, 0x5C);
  OPENSSL_cleanse(key.data(), key.size());
}

CacheKeyMaker::~CacheKeyMaker() {
  OPENSSL_cleanse(&inner_, sizeof inner_);
  OPENSSL_cleanse(&outer_, sizeof outer_);
}

CacheKey CacheKeyMaker::make(const Digest& definition, const Request& request,
                             std::span<const std::string_view> declared) const noexcept {
  PartsDigest parts(inner_);
  parts.add(std::string_view(reinterpret_cast<const char*>(definition.data()), definition.size()));
  parts.add(static_cast<std::uint64_t>(request.credential));
  parts.add(request.user).add(request.password).add(request.token).add(request.state);
  parts.add(static_cast<std::uint64_t>(request.responses.size()));
  for (const std::string_view response : request.responses) parts.add(response);
  for (const std::string_view name : declared) {
    std::uint64_t count = 0;
    for (const Attribute& attribute : request.attributes) count += attribute.name == name ? 1U : 0U;
    parts.add(name).add(count);
    for (const Attribute& attribute : request.attributes) {
      if (attribute.name == name) parts.add(attribute.value);
    }
  }
  return close(parts);
}

Digest CacheKeyMaker::name(std::string_view purpose, std::string_view first, std::string_view second) const noexcept {
  PartsDigest parts(inner_);
  parts.add(purpose).add(first).add(second);
  return close(parts);
}

Digest CacheKeyMaker::close(PartsDigest& parts) const noexcept {
  const Digest inner = parts.finish();
  SHA256_CTX state = outer_;
  SHA256_Update(&state, inner.data(), inner.size());
  Digest key{};
  SHA256_Final(key.data(), &state);
  OPENSSL_cleanse(&state, sizeof state);
  return key;
}

}  // namespace gatehouse::detail
