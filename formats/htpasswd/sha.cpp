// SPDX-License-Identifier: Apache-2.0
#include "sha.hpp"

#include <openssl/evp.h>

#include <array>
#include <gatehouse/plugin/backend.hpp>

namespace gatehouse::htpasswd {
namespace {

constexpr std::size_t kDigest = 20;
constexpr std::size_t kMostText = 112;  // Base64 of 20 + 64 bytes

}  // namespace

Match check_sha(const Digests& digests, std::string_view hash, std::string_view password) noexcept {
  const bool salted = hash.starts_with("{SSHA}");
  const std::string_view text = hash.substr(salted ? 6 : 5);
  if (text.size() > kMostText || text.size() % 4 != 0 || text.size() < 4) return Match::no;
  std::array<unsigned char, kMostText / 4 * 3> bytes{};
  const int decoded =
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (decoded < 0) return Match::no;
  // EVP_DecodeBlock counts the padding as bytes.
  const std::size_t padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
  const std::string_view value(reinterpret_cast<const char*>(bytes.data()),
                               static_cast<std::size_t>(decoded) - padding);
  if (salted ? value.size() <= kDigest : value.size() != kDigest) return Match::no;
  const auto computed = digests.sha1(password, value.substr(kDigest));
  if (!computed) return Match::failed;
  const std::string_view digest(reinterpret_cast<const char*>(computed->data()), computed->size());
  return plugin::equal_constant_time(digest, value.substr(0, kDigest)) ? Match::yes : Match::no;
}

std::optional<std::string> make_sha(const Digests& digests, std::string_view password) {
  const auto digest = digests.sha1(password);
  if (!digest) return std::nullopt;
  std::array<unsigned char, 29> text{};  // Base64 of 20 bytes, and the NUL that EVP_EncodeBlock writes
  const int size = EVP_EncodeBlock(text.data(), digest->data(), static_cast<int>(digest->size()));
  return "{SHA}" + std::string(reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(size));
}

}  // namespace gatehouse::htpasswd
