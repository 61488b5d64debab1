// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <json.hpp>

#include <string>

using namespace std::string_literals;
using gatehouse::oidc::json::Limits;
using gatehouse::oidc::json::parse_object;

namespace {

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

bool reads(std::string_view text, const Limits& limits = {}) {
  return parse_object(text, limits).has_value();
}

}  // namespace

TEST_CASE("JC-19, JW-11: what is not exactly one object is refused") {
  for (const std::string& text : {""s,
                                  " "s,
                                  "[]"s,
                                  "\"x\""s,
                                  "null"s,
                                  "1"s,
                                  "{"s,
                                  "}"s,
                                  "{}{}"s,
                                  "{} x"s,
                                  "{}\0"s,
                                  "\0{}"s,
                                  "\xEF\xBB\xBF{}"s,
                                  "{'a':1}"s,
                                  "{\"a\":1,}"s,
                                  "{/**/}"s,
                                  "{\"a\":1}//"s,
                                  "{\"a\":NaN}"s,
                                  "{\"a\":Infinity}"s,
                                  "{\"a\":01}"s,
                                  "{\"a\":+1}"s,
                                  "{\"a\":1e400}"s,
                                  "{\"a\":9223372036854775808}"s,
                                  "{\"a\":1\0}"s,
                                  "{\"a\":\"\xC3\x28\"}"s,
                                  "{\"a\":\"\xED\xA0\x80\"}"s,
                                  "{\"a\":\"\xC0\x80\"}"s,
                                  "{\"a\":\"\\u0000\"}"s,
                                  "{\"a\\u0000b\":1}"s,
                                  "{\"a\":\"\\ud800\"}"s,
                                  "{\"a\":\"x\ny\"}"s,
                                  "{\"a\":\"x\0y\"}"s,
                                  "{a:1}"s}) {
    CAPTURE(text);
    CHECK_FALSE(reads(text));
  }
}

TEST_CASE("a name twice is refused at any depth, also when written in another way") {
  CHECK_FALSE(reads(R"({"alg":"none","alg":"RS256"})"));
  CHECK_FALSE(reads(R"({"a":{"b":1,"b":1}})"));
  CHECK_FALSE(reads(R"({"a":[{"b":1,"\u0062":2}]})"));
  CHECK(reads(R"({"a":{"b":1},"b":{"b":1}})"));
}

TEST_CASE("limits hold before anything is built") {
  const Limits small{.size = 100, .depth = 3, .values = 10};
  CHECK(reads(R"({"a":{"b":{}}})", small));
  CHECK_FALSE(reads(R"({"a":{"b":{"c":{}}}})", small));
  CHECK_FALSE(reads(R"({"a":[[[]]]})", small));
  CHECK(reads(R"({"a":[1,2,3,4,5,6,7,8,9]})", small));
  CHECK_FALSE(reads(R"({"a":[1,2,3,4,5,6,7,8,9,10]})", small));
  CHECK_FALSE(reads("{\"a\":\"" + std::string(100, 'x') + "\"}", small));
  CHECK(reads(R"({"a":"[[[[{{{{,,,,,,,,,,,,,,","b":"\"[[["})", small));
}

TEST_CASE("a deep or wide text costs no stack and no memory") {
  const Limits wide{.size = 10'000'000, .depth = 16, .values = 4096};
  CHECK_FALSE(reads("{\"a\":" + repeated("[", 1'000'000) + repeated("]", 1'000'000) + "}", wide));
  CHECK_FALSE(reads("{\"a\":[" + repeated("1,", 1'000'000) + "1]}", wide));
  CHECK_FALSE(reads(repeated("}", 1'000'000), wide));
}

TEST_CASE("values are what they are and nothing else") {
  const auto document =
      parse_object(R"({"t":"x","n":1.5,"i":2,"b":true,"z":null,"l":["a",1],"s":["a","b"],"o":{"k":"v"}})", {});
  REQUIRE(document);
  const auto root = document->root();
  CHECK(root.member("t").text() == "x");
  CHECK_FALSE(root.member("n").text());
  CHECK(root.member("n").number() == 1.5);
  CHECK(root.member("i").number() == 2);
  CHECK_FALSE(root.member("b").number());
  CHECK(root.member("b").boolean() == true);
  CHECK_FALSE(root.member("t").boolean());
  CHECK(root.has("z"));
  CHECK_FALSE(root.member("z").text());
  CHECK_FALSE(root.has("absent"));
  CHECK_FALSE(root.member("l").texts());
  CHECK(root.member("s").texts()->size() == 2);
  CHECK_FALSE(root.member("t").texts());
  CHECK(root.member("o").member("k").text() == "v");
  CHECK_FALSE(root.member("t").member("k").present());
  CHECK_FALSE(root.member("s").at(2).present());
}

TEST_CASE("what is quoted reads as it was") {
  const std::string text = "a\"b\\c\n\x01\xC3\xA9";
  const auto document = parse_object("{\"k\":" + gatehouse::oidc::json::quoted(text) + "}", {});
  REQUIRE(document);
  CHECK(document->root().member("k").text() == text);
}
