// SPDX-License-Identifier: Apache-2.0
#include "text/utf8.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

namespace {

using gatehouse::text::has_control;
using gatehouse::text::is_utf8;

std::string encoded(std::uint32_t c) {
  std::string out;
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6U), put(0x80 | (c & 0x3FU));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12U), put(0x80 | (c >> 6U & 0x3FU)), put(0x80 | (c & 0x3FU));
  } else {
    put(0xF0 | c >> 18U), put(0x80 | (c >> 12U & 0x3FU)), put(0x80 | (c >> 6U & 0x3FU)), put(0x80 | (c & 0x3FU));
  }
  return out;
}

TEST_CASE("every character there is, and no surrogate, and nothing above") {
  int wrong = 0;
  for (std::uint32_t c = 0; c < 0x120000; ++c) {
    const bool exists = c < 0x110000 && (c < 0xD800 || c > 0xDFFF);
    if (is_utf8(encoded(c)) != exists) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("overlong forms, stray and missing bytes") {
  for (const char* bad : {"\xC0\x80",
                          "\xC1\xBF",
                          "\xE0\x80\x80",
                          "\xE0\x9F\xBF",
                          "\xF0\x80\x80\x80",
                          "\xF0\x8F\xBF\xBF",
                          "\x80",
                          "\xBF",
                          "\xFE",
                          "\xFF",
                          "\xF8\x88\x80\x80\x80",
                          "\xC3",
                          "\xE2\x82",
                          "\xF0\x9F\x98",
                          "a\xC3",
                          "\xC3\x28",
                          "\xE2\x28\xA1",
                          "\xE2\x82\x28",
                          "\xF0\x28\x8C\xBC",
                          "\xF0\x9F\x98\x28"}) {
    CAPTURE(std::string(bad));
    CHECK_FALSE(is_utf8(bad));
  }
  CHECK(is_utf8(""));
  CHECK(is_utf8(std::string("a\0b", 3)));
}

TEST_CASE("controls") {
  for (int byte = 0; byte < 256; ++byte) {
    CHECK(has_control(std::string("x") + static_cast<char>(byte)) == (byte < 0x20 || byte == 0x7F));
  }
  CHECK_FALSE(has_control(""));
}

}  // namespace
