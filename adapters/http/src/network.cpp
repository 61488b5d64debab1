// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include <algorithm>
#include <gatehouse/network.hpp>

#include "ascii.hpp"

namespace gatehouse::http {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

constexpr Bytes mapped_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned mapped_bits = 96;

/// inet_pton needs a terminated text. It takes no sign, no space and no leading zero in IPv4.
bool parse(int family, std::string_view text, void* out) noexcept {
  std::array<char, INET6_ADDRSTRLEN> copy{};
  if (text.size() >= copy.size() || text.find('\0') != std::string_view::npos) return false;
  text.copy(copy.data(), text.size());
  return ::inet_pton(family, copy.data(), out) == 1;
}

bool same_prefix(const Bytes& a, const Bytes& b, unsigned bits) noexcept {
  const auto whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - bits % 8));
  return ((a[whole] ^ b[whole]) & mask) == 0;
}

Bytes first_of(const Bytes& address, unsigned bits) noexcept {
  Bytes first{};
  const auto whole = bits / 8;
  std::copy_n(address.begin(), whole, first.begin());
  if (bits % 8 != 0) first[whole] = static_cast<std::uint8_t>(address[whole] & (0xff << (8 - bits % 8)));
  return first;
}

std::string text_of(int family, const Bytes& bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const auto* written = ::inet_ntop(family, bytes.data(), text.data(), text.size());
  return written != nullptr ? written : "";
}

std::optional<unsigned> read_bits(std::string_view text) noexcept {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  unsigned number = 0;
  for (const char c : text) {
    if (!ascii::digit(c)) return std::nullopt;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number;
}

Error wrong(std::string_view text, std::string_view why) {
  std::string message = "\"";
  message.append(text).append("\" ").append(why);
  return Error{message};
}

}  // namespace

std::optional<SourceAddress> SourceAddress::read(std::string_view text) noexcept {
  SourceAddress out;
  if (text == "unix") return out;
  if (parse(AF_INET, text, out.bytes_.data())) {
    out.family_ = Family::ipv4;
    return out;
  }
  if (const auto zone = text.find('%'); zone != std::string_view::npos && zone + 1 < text.size()) {
    text = text.substr(0, zone);
  }
  if (!parse(AF_INET6, text, out.bytes_.data())) return std::nullopt;
  out.family_ = Family::ipv6;
  if (same_prefix(out.bytes_, mapped_prefix, mapped_bits)) {
    std::copy(out.bytes_.begin() + 12, out.bytes_.end(), out.bytes_.begin());
    std::fill(out.bytes_.begin() + 4, out.bytes_.end(), std::uint8_t{0});
    out.family_ = Family::ipv4;
  }
  return out;
}

Result<Network> Network::read(std::string_view text) {
  using Family = SourceAddress::Family;
  constexpr auto expected = "is no network: expected ADDRESS, ADDRESS/BITS or unix";
  if (text.size() > 64) return Error{std::string("that ") + expected};
  const auto slash = text.find('/');
  const auto host = text.substr(0, slash);
  const auto address = SourceAddress::read(host);
  if (!address || host.find('%') != std::string_view::npos) return wrong(text, expected);
  Network out;
  out.first_ = *address;
  if (address->family_ == Family::unix_socket) {
    if (slash != std::string_view::npos) return wrong(text, expected);
    return out;
  }
  const bool written_as_ipv6 = host.find(':') != std::string_view::npos;
  const unsigned length = written_as_ipv6 ? 128 : 32;
  out.bits_ = length;
  if (slash != std::string_view::npos) {
    const auto bits = read_bits(text.substr(slash + 1));
    if (!bits || *bits > length) {
      return wrong(text, "is no network: after the / comes a number from 0 to " + std::to_string(length));
    }
    out.bits_ = *bits;
  }
  if (written_as_ipv6 && address->family_ == Family::ipv4) {
    if (out.bits_ < mapped_bits) {
      return wrong(text, "is no network: write IPv4 networks as IPv4, and others without ::ffff:");
    }
    out.bits_ -= mapped_bits;
  }
  const bool ipv4 = address->family_ == Family::ipv4;
  if (const auto first = first_of(address->bytes_, out.bits_); first != address->bytes_) {
    return wrong(text, "has bits beyond its length; the network is \"" + text_of(ipv4 ? AF_INET : AF_INET6, first) +
                           "/" + std::to_string(out.bits_) + "\"");
  }
  return out;
}

bool Network::contains(const SourceAddress& address) const noexcept {
  return address.family_ == first_.family_ && same_prefix(address.bytes_, first_.bytes_, bits_);
}

bool Network::contains(const Network& other) const noexcept {
  return bits_ <= other.bits_ && contains(other.first_);
}

bool contain(std::span<const Network> networks, std::string_view text) noexcept {
  const auto address = SourceAddress::read(text);
  return address && std::any_of(networks.begin(), networks.end(),
                                [&](const Network& network) { return network.contains(*address); });
}

Result<std::vector<Network>> read_networks(std::span<const std::string> texts) {
  std::vector<Network> networks;
  networks.reserve(texts.size());
  for (const auto& text : texts) {
    auto network = Network::read(text);
    if (!network) return network.error();
    networks.push_back(*network);
  }
  return networks;
}

}  // namespace gatehouse::http
