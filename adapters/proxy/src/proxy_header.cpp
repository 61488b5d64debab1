// SPDX-License-Identifier: Apache-2.0
#include "proxy_header.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "ascii.hpp"

namespace gatehouse::proxy {

namespace {

constexpr std::string_view line_start = "PROXY ";
constexpr std::size_t max_line = 107;
constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t fixed = 16;

unsigned byte_at(std::string_view bytes, std::size_t place) noexcept {
  return static_cast<unsigned char>(bytes[place]);
}

std::size_t length_of(std::string_view bytes) noexcept {
  return byte_at(bytes, 14) * 256 + byte_at(bytes, 15);
}

std::string address_text(int family, const char* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family == AF_INET) return ::inet_ntop(AF_INET, bytes, text.data(), text.size());
  in6_addr v6{};
  std::memcpy(&v6, bytes, sizeof v6);
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return ::inet_ntop(AF_INET, &v6.s6_addr[12], text.data(), text.size());
  return ::inet_ntop(AF_INET6, &v6, text.data(), text.size());
}

std::string read_address(int family, std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> copy{};
  std::array<char, sizeof(in6_addr)> bytes{};
  if (text.size() >= copy.size()) return {};
  std::memcpy(copy.data(), text.data(), text.size());
  return ::inet_pton(family, copy.data(), bytes.data()) == 1 ? address_text(family, bytes.data()) : std::string();
}

bool is_port(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || !std::all_of(text.begin(), text.end(), is_digit)) return false;
  unsigned number = 0;
  for (const char c : text) number = number * 10 + static_cast<unsigned>(c - '0');
  return number <= 65535;
}

std::string_view next_word(std::string_view& text) noexcept {
  const auto space = text.find(' ');
  const auto word = text.substr(0, space);
  text = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
  return word;
}

}  // namespace

std::size_t ProxyHeader::wanted() const noexcept {
  if (bytes_.size() < signature.size()) return signature.size();
  if (bytes_.size() < fixed) return fixed;
  return fixed + length_of(bytes_);
}

std::size_t ProxyHeader::take(std::string_view bytes) {
  std::size_t used = 0;
  while (state_ == State::more && used < bytes.size()) {
    const bool is_line = !bytes_.empty() && bytes_.front() == line_start.front();
    if (is_line || (bytes_.empty() && bytes[used] == line_start.front())) {
      const auto end = bytes.find('\n', used);
      const auto size = std::min(end == std::string_view::npos ? bytes.size() : end + 1, used + max_line) - used;
      bytes_.append(bytes.substr(used, size));
      used += size;
      read_line();
      continue;
    }
    const auto size = std::min(bytes.size() - used, wanted() - bytes_.size());
    bytes_.append(bytes.substr(used, size));
    used += size;
    read_binary();
  }
  return used;
}

/// PROXY TCP4 SOURCE DESTINATION PORT PORT, PROXY TCP6 likewise, or PROXY UNKNOWN and anything.
void ProxyHeader::read_line() {
  const std::string_view start(bytes_);
  const bool begins = start.substr(0, line_start.size()) == line_start.substr(0, start.size());
  if (!begins || bytes_.size() > max_line) {
    state_ = State::bad;
    return;
  }
  if (bytes_.back() != '\n') return;
  state_ = State::bad;
  if (!start.ends_with("\r\n") || start.size() < line_start.size() + 2) return;
  auto rest = start.substr(line_start.size(), start.size() - line_start.size() - 2);
  const auto protocol = next_word(rest);
  if (protocol == "UNKNOWN") {
    state_ = State::done;
    return;
  }
  if (protocol != "TCP4" && protocol != "TCP6") return;
  const int family = protocol == "TCP4" ? AF_INET : AF_INET6;
  auto source = read_address(family, next_word(rest));
  const auto destination = read_address(family, next_word(rest));
  const auto port = next_word(rest);
  if (source.empty() || destination.empty() || !is_port(port) || !is_port(rest)) return;
  source_ = std::move(source);
  state_ = State::done;
}

void ProxyHeader::read_binary() {
  const std::string_view bytes(bytes_);
  const auto known = std::min(bytes.size(), signature.size());
  if (bytes.substr(0, known) != signature.substr(0, known)) state_ = State::bad;
  if (state_ == State::bad || bytes.size() < fixed) return;
  if (fixed + length_of(bytes) > max_size) {
    state_ = State::bad;
    return;
  }
  if (bytes.size() < wanted()) return;
  const auto command = byte_at(bytes, 12);
  const auto family = byte_at(bytes, 13);
  const auto length = length_of(bytes);
  state_ = State::bad;
  if (command != 0x20 && command != 0x21) return;
  const bool tells = command == 0x21 && family != 0x00 && family != 0x31;
  if (!tells) {
    local_ = command == 0x20;
    state_ = State::done;  // for itself, or for what has no address
  } else if (family == 0x11 && length >= 12) {
    source_ = address_text(AF_INET, bytes_.data() + fixed);
    state_ = State::done;
  } else if (family == 0x21 && length >= 36) {
    source_ = address_text(AF_INET6, bytes_.data() + fixed);
    state_ = State::done;
  }
}

}  // namespace gatehouse::proxy
