// SPDX-License-Identifier: Apache-2.0
#include "apr1_md5.hpp"

#include <string.h>  // explicit_bzero

#include <algorithm>
#include <gatehouse/plugin/backend.hpp>

#include "scheme.hpp"

namespace gatehouse::htpasswd {
namespace {

constexpr std::string_view kPrefix = "$apr1$";
constexpr std::size_t kLongestSalt = 8;
constexpr std::size_t kLongestPassword = longest_password(Scheme::apr1);
// The longest text that is hashed: the password in every place, salt and digest; or the first one, which takes a digest
// byte per password byte.
constexpr std::size_t kRoom = 2 * kLongestPassword + kLongestSalt + 64;

/// A text that is built piece by piece without allocating, and wiped.
class Text {
 public:
  Text() = default;
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  ~Text() { ::explicit_bzero(bytes_.data(), bytes_.size()); }

  Text& operator<<(std::string_view part) noexcept {
    const std::size_t size = std::min(part.size(), bytes_.size() - size_);
    std::copy_n(part.begin(), size, bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += size;
    return *this;
  }
  void clear() noexcept { size_ = 0; }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<char, kRoom> bytes_{};
  std::size_t size_ = 0;
};

std::string_view view(const Md5& digest) noexcept {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// Six bits a character, lowest first, over the digest's bytes in the scheme's own order.
std::array<char, 22> encode(const Md5& d) noexcept {
  constexpr std::string_view kAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr std::array<std::array<std::size_t, 3>, 5> kOrder{
      {{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}}};
  std::array<char, 22> out{};
  std::size_t at = 0;
  const auto put = [&](unsigned value, int characters) {
    for (; characters > 0; --characters, value >>= 6U) out[at++] = kAlphabet[value & 0x3FU];
  };
  for (const auto& [high, middle, low] : kOrder) {
    put(static_cast<unsigned>(d[high]) << 16U | static_cast<unsigned>(d[middle]) << 8U | d[low], 4);
  }
  put(d[11], 2);
  return out;
}

/// The 22 characters after the salt; nullopt if OpenSSL fails.
std::optional<std::array<char, 22>> compute(const Digests& digests, std::string_view salt,
                                            std::string_view password) noexcept {
  Digests::Md5Run md5(digests);
  Text text;
  Md5 digest{};
  text << password << salt << password;
  if (!md5.hash(text.view(), digest)) return std::nullopt;

  text.clear();
  text << password << kPrefix << salt;
  for (std::size_t left = password.size(); left > 0; left -= std::min<std::size_t>(left, 16)) {
    text << view(digest).substr(0, std::min<std::size_t>(left, 16));
  }
  for (std::size_t bits = password.size(); bits > 0; bits >>= 1U) {
    text << ((bits & 1U) != 0 ? std::string_view("\0", 1) : password.substr(0, 1));
  }
  if (!md5.hash(text.view(), digest)) return std::nullopt;

  for (unsigned round = 0; round < 1000; ++round) {
    const bool odd = (round & 1U) != 0;
    text.clear();
    text << (odd ? password : view(digest));
    if (round % 3 != 0) text << salt;
    if (round % 7 != 0) text << password;
    text << (odd ? view(digest) : password);
    if (!md5.hash(text.view(), digest)) return std::nullopt;
  }
  return encode(digest);
}

}  // namespace

Match check_apr1(const Digests& digests, std::string_view hash, std::string_view password) noexcept {
  if (password.size() > kLongestPassword || !hash.starts_with(kPrefix)) return Match::no;
  const std::string_view rest = hash.substr(kPrefix.size());
  const std::size_t dollar = rest.find('$');
  if (dollar > kLongestSalt) return Match::no;
  const auto computed = compute(digests, rest.substr(0, dollar), password);
  if (!computed) return Match::failed;
  return plugin::equal_constant_time({computed->data(), computed->size()}, rest.substr(dollar + 1)) ? Match::yes
                                                                                                    : Match::no;
}

std::optional<std::string> make_apr1(const Digests& digests, std::string_view salt, std::string_view password) {
  if (password.size() > kLongestPassword || salt.empty() || salt.size() > kLongestSalt) return std::nullopt;
  const auto computed = compute(digests, salt, password);
  if (!computed) return std::nullopt;
  return std::string(kPrefix).append(salt).append(1, '$').append(computed->data(), computed->size());
}

}  // namespace gatehouse::htpasswd
