// SPDX-License-Identifier: Apache-2.0
#include "proxy_header.hpp"

#include <doctest/doctest.h>

namespace gatehouse::proxy {
namespace {

struct Outcome {
  ProxyHeader::State state = ProxyHeader::State::more;
  std::string source;
  std::size_t used = 0;
};

Outcome read(std::string_view bytes, std::size_t step) {
  ProxyHeader header;
  Outcome outcome;
  while (outcome.used < bytes.size() && header.state() == ProxyHeader::State::more) {
    const auto piece = bytes.substr(outcome.used, step);
    outcome.used += header.take(piece);
  }
  outcome.state = header.state();
  outcome.source = header.source();
  return outcome;
}

/// Whole and byte by byte, with a request behind it that must stay.
Outcome read(std::string_view bytes) {
  const auto whole = read(std::string(bytes) + "GET / HTTP/1.1\r\n", 4096);
  const auto cut = read(std::string(bytes) + "GET / HTTP/1.1\r\n", 1);
  CHECK(whole.state == cut.state);
  CHECK(whole.source == cut.source);
  if (whole.state == ProxyHeader::State::done) {
    CHECK(whole.used == bytes.size());
    CHECK(cut.used == bytes.size());
  }
  return whole;
}

std::string binary(unsigned command, unsigned family, std::string_view body, std::size_t length) {
  std::string bytes("\r\n\r\n\0\r\nQUIT\n", 12);
  bytes.push_back(static_cast<char>(command));
  bytes.push_back(static_cast<char>(family));
  bytes.push_back(static_cast<char>(length / 256));
  bytes.push_back(static_cast<char>(length % 256));
  return bytes + std::string(body);
}
std::string binary(unsigned command, unsigned family, std::string_view body) {
  return binary(command, family, body, body.size());
}

const std::string four("\xc0\x00\x02\x07\x0a\x00\x00\x01\x12\x34\x00\x50", 12);
const std::string six = std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16) + std::string(16, '\1') + "abcd";

TEST_CASE("version 1") {
  CHECK(read("PROXY TCP4 192.0.2.7 10.0.0.1 4660 80\r\n").source == "192.0.2.7");
  CHECK(read("PROXY TCP6 2001:DB8::7 ::1 0 65535\r\n").source == "2001:db8::7");
  CHECK(read("PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n").source == "192.0.2.7");
  for (const auto* line : {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN ff::1 x 1 2\r\n"}) {
    const auto unknown = read(line);
    CHECK(unknown.state == ProxyHeader::State::done);
    CHECK(unknown.source.empty());
  }
}

TEST_CASE("version 1, refused") {
  for (const auto* line :
       {"PROXY TCP4 192.0.2.7 10.0.0.1 4660 80\n", "PROXY TCP4 192.0.2.7 10.0.0.1 4660 80\r\r\n",
        "PROXY TCP4 192.0.2.7 10.0.0.1 4660\r\n", "PROXY TCP4 192.0.2.7 10.0.0.1 4660 80 9\r\n",
        "PROXY TCP4  192.0.2.7 10.0.0.1 4660 80\r\n", "PROXY TCP4 192.0.2.7 10.0.0.1 4660 65536\r\n",
        "PROXY TCP4 192.0.2.7 10.0.0.1 -1 80\r\n", "PROXY TCP4 2001:db8::7 ::1 1 2\r\n",
        "PROXY TCP6 192.0.2.7 10.0.0.1 1 2\r\n", "PROXY TCP4 192.0.2 10.0.0.1 1 2\r\n",
        "PROXY UDP4 1.1.1.1 1.1.1.1 1 2\r\n", "PROXY\r\n", "PROXY \r\n", "proxy TCP4 192.0.2.7 10.0.0.1 4660 80\r\n",
        "POST / HTTP/1.1\r\n", "GET / HTTP/1.1\r\n", "PROXY TCP4 unix 10.0.0.1 1 2\r\n"}) {
    CAPTURE(line);
    CHECK(read(line).state == ProxyHeader::State::bad);
  }
  CHECK(read("PROXY UNKNOWN " + std::string(200, 'x') + "\r\n").state == ProxyHeader::State::bad);
}

TEST_CASE("version 2") {
  CHECK(read(binary(0x21, 0x11, four)).source == "192.0.2.7");
  CHECK(read(binary(0x21, 0x21, six)).source == "2001:db8::7");
  CHECK(read(binary(0x21, 0x11, four + std::string("\x03\0\x04", 3) + "crc.")).source == "192.0.2.7");
  for (const auto& bytes : {binary(0x20, 0x00, ""), binary(0x20, 0x11, four), binary(0x21, 0x00, "any"),
                            binary(0x21, 0x31, std::string(216, 'p'))}) {
    const auto silent = read(bytes);
    CHECK(silent.state == ProxyHeader::State::done);
    CHECK(silent.source.empty());
  }
}

TEST_CASE("version 2, refused") {
  for (const auto& bytes : {binary(0x11, 0x11, four), binary(0x22, 0x11, four), binary(0x21, 0x12, four),
                            binary(0x21, 0x11, four.substr(0, 11)), binary(0x21, 0x21, four), binary(0x21, 0x41, four),
                            binary(0x21, 0x11, std::string(3000, 'x')), binary(0x20, 0x00, "", 65535)}) {
    CHECK(read(bytes).state == ProxyHeader::State::bad);
  }
  CHECK(read(std::string("\r\n\r\n\0\r\nQUIX\n\x21\x11", 14)).state == ProxyHeader::State::bad);
}

}  // namespace
}  // namespace gatehouse::proxy
