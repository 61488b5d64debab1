// SPDX-License-Identifier: Apache-2.0
#include "region/source_network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

namespace gatehouse::detail {
namespace {

constexpr std::size_t longest = 256;

void mask(std::span<std::uint8_t> bytes, std::size_t bits) noexcept {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t kept = bits > 8 * i ? std::min<std::size_t>(8, bits - 8 * i) : 0;
    bytes[i] = static_cast<std::uint8_t>(bytes[i] & (0xFF00U >> kept));
  }
}

std::string written(int family, const std::uint8_t* bytes, std::size_t bits) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inet_ntop(family, bytes, text.data(), text.size()) == nullptr) return {};
  return std::string(text.data()) + '/' + std::to_string(bits);
}

/// Without "[...]", "%zone" and ":port".
std::string_view bare(std::string_view address) noexcept {
  if (address.starts_with('[')) {
    address.remove_prefix(1);
    address = address.substr(0, address.find(']'));
  } else if (std::count(address.begin(), address.end(), ':') == 1) {
    address = address.substr(0, address.find(':'));
  }
  return address.substr(0, address.find('%'));
}

}  // namespace

std::string source_network(std::string_view address, const NetworkPrefixes& prefixes) {
  static constexpr std::array<std::uint8_t, 12> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  const std::string text(bare(address).substr(0, INET6_ADDRSTRLEN));
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    mask(std::span(bytes).first<4>(), prefixes.ipv4);
    return written(AF_INET, bytes.data(), prefixes.ipv4);
  }
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) {
    if (std::equal(mapped.begin(), mapped.end(), bytes.begin())) {
      mask(std::span(bytes).last<4>(), prefixes.ipv4);
      return written(AF_INET, bytes.data() + mapped.size(), prefixes.ipv4);
    }
    mask(bytes, prefixes.ipv6);
    return written(AF_INET6, bytes.data(), prefixes.ipv6);
  }
  return std::string(address.substr(0, longest));
}

}  // namespace gatehouse::detail
