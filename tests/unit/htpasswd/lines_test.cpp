// SPDX-License-Identifier: Apache-2.0
#include <htpasswd/lines.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace gatehouse::htpasswd;

namespace {

std::vector<std::string> texts(std::string_view file) {
  std::vector<std::string> all;
  std::string whole;
  Lines lines(file);
  while (const auto line = lines.next()) {
    CHECK(line->number == all.size() + 1);
    all.emplace_back(line->text);
    whole.append(line->whole());
  }
  CHECK(whole == file);
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("lines, whole and without their ends") {
  CHECK(texts("").empty());
  CHECK(texts("\n") == Texts{""});
  CHECK(texts("a") == Texts{"a"});
  CHECK(texts("a\n\nb\r\n\r\nc\r") == Texts{"a", "", "b\r", "\r", "c\r"});
  CHECK(texts(std::string_view("a\0b\n", 4)) == Texts{std::string("a\0b", 3)});
}

TEST_CASE("a byte order mark belongs to the file and not to its first line") {
  CHECK(byte_order_mark("\xEF\xBB\xBF"
                        "a")
            .size() == 3);
  CHECK(byte_order_mark("\xEF\xBB").empty());
  CHECK(byte_order_mark("a").empty());
  CHECK(texts("\xEF\xBB\xBF"
              "a\nb") == Texts{"a", "b"});
  CHECK(texts("\xEF\xBB\xBF") == Texts{""});
  CHECK(texts("a\n\xEF\xBB\xBF"
              "b") == Texts{"a",
                            "\xEF\xBB\xBF"
                            "b"});
}
