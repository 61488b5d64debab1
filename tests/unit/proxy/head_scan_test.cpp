// SPDX-License-Identifier: Apache-2.0
#include "head_scan.hpp"

#include <doctest/doctest.h>

#include <string>

namespace gatehouse::proxy {
namespace {

using State = HeadScan::State;

State scan(std::string_view bytes) {
  return HeadScan().scan(bytes);
}

TEST_CASE("line ends other than CRLF, controls and folds are refused") {
  for (const auto* bytes : {
           "GET / HTTP/1.1\nHost: a\r\n\r\n",           // bare LF
           "GET / HTTP/1.1\r\nHost: a\n\r\n",           //
           "\n\n",                                      //
           "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",   // bare CR
           "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n",       // CR CR LF
           "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",   // folded
           "GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n",  //
           "GET / HTTP/1.1\r\n Host: a\r\n\r\n",        // folded into the start line
           "GET / HTTP/1.1\r\nX: a\x01\r\n\r\n",        // control
           "GET / HTTP/1.1\r\nX: a\x7f\r\n\r\n",        //
           "\x16\x03\x01\x02",                          // TLS hello
           "\r\n\r\nGET / HTTP/1.1\r\n\r\n",            // two empty lines first
       }) {
    CAPTURE(bytes);
    CHECK(scan(bytes) == State::bad);
  }
  CHECK(scan(std::string_view("GET / HTTP/1.1\r\nX: a\0\r\n\r\n", 25)) == State::bad);
}

TEST_CASE("a bad byte is refused without waiting for the end of its line") {
  CHECK(scan("\x16") == State::bad);
  CHECK(scan("GET /\n") == State::bad);
}

TEST_CASE("the end is found at the same place however the bytes are cut") {
  const std::string bytes = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nPOST";
  HeadScan scan;
  for (std::size_t size = 1; size < bytes.size() - 4; ++size) {
    CAPTURE(size);
    CHECK(scan.scan(std::string_view(bytes).substr(0, size)) == State::more);
  }
  CHECK(scan.scan(std::string_view(bytes).substr(0, bytes.size() - 4)) == State::complete);
  CHECK(scan.begin() == 2);
  CHECK(scan.end() == bytes.size() - 4);

  CHECK(HeadScan().scan(bytes) == State::complete);
}

TEST_CASE("limits") {
  const auto with_fields = [](std::size_t count) {
    std::string bytes = "GET / HTTP/1.1\r\n";
    for (std::size_t i = 0; i < count; ++i) bytes += "X: y\r\n";
    return bytes + "\r\n";
  };
  CHECK(scan(with_fields(100)) == State::complete);
  CHECK(scan(with_fields(101)) == State::too_large);
  CHECK(scan("GET / HTTP/1.1\r\nX: " + std::string(31 * 1024, 'a') + "\r\n\r\n") == State::complete);
  CHECK(scan("GET / HTTP/1.1\r\nX: " + std::string(32 * 1024, 'a')) == State::too_large);
  CHECK(scan("GET / HTTP/1.1\r\n" + std::string(64 * 1024, 'a') + ": b\r\n\r\n") == State::too_large);
  CHECK(scan("GET /" + std::string(9 * 1024, 'a')) == State::first_line_too_long);
  CHECK(scan("GET /" + std::string(9 * 1024, 'a') + " HTTP/1.1\r\n\r\n") == State::first_line_too_long);
  CHECK(scan(std::string(1024 * 1024, 'a')) == State::first_line_too_long);
}

}  // namespace
}  // namespace gatehouse::proxy
