// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Source addresses and networks, as an operator writes them: "10.0.0.0/8", "2001:db8::/32", "192.0.2.7", "unix".
///
/// An IPv4-mapped IPv6 address is the IPv4 address, on either side. "unix" is every caller over a unix socket. A
/// network of one family never holds an address of the other: "::/0" is IPv6 only.
///
/// Threads: const members may be called from any thread.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/export.hpp>
#include <gatehouse/result.hpp>

namespace gatehouse::http {

/// Where a caller comes from.
class GATEHOUSE_API SourceAddress {
 public:
  /// An IPv4 or IPv6 address without port or brackets, or "unix". The zone of a link-local address is left out.
  /// nullopt: anything else, also an empty text: nothing is known of where that caller comes from, and no network holds
  /// it.
  [[nodiscard]] static std::optional<SourceAddress> read(std::string_view text) noexcept;

 private:
  enum class Family : std::uint8_t { unix_socket, ipv4, ipv6 };
  friend class Network;
  Family family_ = Family::unix_socket;
  std::array<std::uint8_t, 16> bytes_{};  ///< IPv4 in the first four
};

class GATEHOUSE_API Network {
 public:
  /// ADDRESS/BITS, ADDRESS (that one alone), or "unix". The Error says what is wrong with it; bits of the address that
  /// the length leaves out must be zero.
  [[nodiscard]] static Result<Network> read(std::string_view text);

  [[nodiscard]] bool contains(const SourceAddress& address) const noexcept;
  /// Whether every address of `other` is in this one.
  [[nodiscard]] bool contains(const Network& other) const noexcept;

 private:
  SourceAddress first_;
  unsigned bits_ = 0;
};

/// Whether one of `networks` holds the address that `text` spells; false for a text that is none.
[[nodiscard]] GATEHOUSE_API bool contain(std::span<const Network> networks, std::string_view text) noexcept;

/// One Network for each text. The Error names the text.
[[nodiscard]] GATEHOUSE_API Result<std::vector<Network>> read_networks(std::span<const std::string> texts);

}  // namespace gatehouse::http
