// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <base64url.hpp>

#include <array>
#include <utility>

using gatehouse::oidc::decode_base64url;
using gatehouse::oidc::encode_base64url;

TEST_CASE("one text for one sequence of bytes") {
  const std::array<std::pair<std::string_view, std::string_view>, 7> same = {{{"", ""},
                                                                              {"f", "Zg"},
                                                                              {"fo", "Zm8"},
                                                                              {"foo", "Zm9v"},
                                                                              {"foob", "Zm9vYg"},
                                                                              {"fooba", "Zm9vYmE"},
                                                                              {"foobar", "Zm9vYmFy"}}};
  for (const auto& [bytes, text] : same) {
    CHECK(encode_base64url(bytes) == text);
    CHECK(decode_base64url(text) == bytes);
  }
  CHECK(encode_base64url("\xFB\xFF") == "-_8");
}

TEST_CASE("JW-04 to JW-08: everything else is refused") {
  for (const std::string_view text : {"A", "A===", "Zg==", "Zg=", "Zm9v=", "Zm9vY", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm v",
                                      "Zm\nv", "Zm.v", "Z\xC3\xA9", "-_9"}) {
    CAPTURE(text);
    CHECK_FALSE(decode_base64url(text));
  }
  CHECK_FALSE(decode_base64url(std::string_view("Zm\0v", 4)));
}

TEST_CASE("of all last letters only one in 4 or in 16 is canonical") {
  int two = 0;
  int one = 0;
  for (int c = 0; c < 256; ++c) {
    const char last = static_cast<char>(c);
    two += decode_base64url(std::string("Zm") + last) ? 1 : 0;
    one += decode_base64url(std::string("Z") + last) ? 1 : 0;
  }
  CHECK(two == 16);
  CHECK(one == 4);
}

TEST_CASE("every byte comes back") {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  for (std::size_t size = 0; size <= all.size(); ++size) {
    const auto bytes = std::string_view(all).substr(0, size);
    CHECK(decode_base64url(encode_base64url(bytes)) == bytes);
  }
}
