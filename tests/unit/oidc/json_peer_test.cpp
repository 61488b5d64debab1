// SPDX-License-Identifier: Apache-2.0
// The reader beside jansson: both take the same texts, and read the same in them.
#include <doctest/doctest.h>
#include <jansson.h>
#include <json.hpp>

#include <cmath>
#include <random>
#include <string>
#include <vector>

using gatehouse::oidc::json::parse_object;
using gatehouse::oidc::json::Value;

namespace {

constexpr gatehouse::oidc::json::Limits kLimits{.size = 65536, .depth = 200, .values = 65536};

bool same(const Value& ours, const json_t* theirs) {
  if (json_is_string(theirs)) {
    return ours.text() == std::string_view(json_string_value(theirs), json_string_length(theirs));
  }
  if (json_is_number(theirs)) return ours.number() == json_number_value(theirs);
  if (json_is_boolean(theirs)) return ours.boolean() == json_is_true(theirs);
  if (json_is_null(theirs)) return ours.present() && !ours.text() && !ours.number() && !ours.boolean();
  if (json_is_array(theirs)) {
    if (!ours.is_array() || ours.size() != json_array_size(theirs)) return false;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      if (!same(ours.at(i), json_array_get(theirs, i))) return false;
    }
    return true;
  }
  if (!ours.is_object()) return false;
  void* at = json_object_iter(const_cast<json_t*>(theirs));
  for (; at != nullptr; at = json_object_iter_next(const_cast<json_t*>(theirs), at)) {
    const std::string_view name(json_object_iter_key(at), json_object_iter_key_len(at));
    if (!same(ours.member(name), json_object_iter_value(at))) return false;
  }
  return true;
}

/// A number so near to zero that there is no such double: the reader refuses it, and jansson makes it 0.
bool vanishes(const json_t* value) {
  if (json_is_real(value)) return std::abs(json_real_value(value)) < 1e-300;
  for (std::size_t i = 0; i < json_array_size(value); ++i) {
    if (vanishes(json_array_get(value, i))) return true;
  }
  void* at = json_object_iter(const_cast<json_t*>(value));
  for (; at != nullptr; at = json_object_iter_next(const_cast<json_t*>(value), at)) {
    if (vanishes(json_object_iter_value(at))) return true;
  }
  return false;
}

/// 0: both refuse. 1: both read the same. -1: they differ.
int compare(const std::string& text) {
  // jansson 2.14 passes over a NUL that follows a number.
  if (text.find('\0') != std::string::npos) return parse_object(text, kLimits) ? -1 : 0;
  json_error_t ignored;
  json_t* const read = json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, &ignored);
  const bool theirs = json_is_object(read);
  const auto ours = parse_object(text, kLimits);
  const int answer = ours ? (theirs && same(ours->root(), read) ? 1 : -1) : (theirs && !vanishes(read) ? -1 : 0);
  json_decref(read);
  return answer;
}

const std::vector<std::string>& seeds() {
  static const std::vector<std::string> all = {
      R"({"iss":"https://issuer.example","aud":["https://api.example","account"],"exp":1700000600,"iat":1.7e9,"azp":"ci","ok":true})",
      R"({"realm_access":{"roles":["a","b",{"c":[]}]},"resource_access":{"x":{"roles":[]},"y":{}},"n":null,"f":false})",
      R"( { "a" : [ 1 , -2 , 0.5 , -0 , 1E+3 , 12e-2 , 9223372036854775807 , -9223372036854775808 ] , "b" : { } } )",
      R"({"\u0061\"\\\/\b\f\n\r\t":"\ud83d\ude00\u00e9\u20ac\u007f","":"","x":"\u0020"})",
      "{\"\xC3\xA9\":\"\xE2\x82\xAC\xF0\x9F\x98\x80\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF\xC2\x80\xE0\xA0\x80\"}",
      R"({"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}],"a":[[[[[[]]]]]]})",
      R"({"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"k":11,"l":12,"m":13,"n":14,"o":15,"p":16,"q":17,)"
      R"("r":18,"s":19,"t":20,"u":21,"v":22,"w":23,"x":24,"y":25,"z":26,"aa":27,"ab":28,"ac":29,"ad":30,"ae":31,"af":32,"ag":33})"};
  return all;
}

/// What is worth putting anywhere.
constexpr std::string_view kPieces[] = {"{",
                                        "}",
                                        "[",
                                        "]",
                                        ",",
                                        ":",
                                        "\"",
                                        "\\",
                                        "\\u",
                                        "0",
                                        "-",
                                        "1e",
                                        ".",
                                        "e309",
                                        "true",
                                        "nul",
                                        " ",
                                        "\t\n\r",
                                        "\v",
                                        "\x7F",
                                        "\x80",
                                        "\xC0\x80",
                                        "\xED\xA0\x80",
                                        "\xF4\x90\x80\x80",
                                        "\\ud800",
                                        "\\udc00",
                                        "\\u0000",
                                        "\xEF\xBB\xBF",
                                        "//",
                                        "99999999999999999999",
                                        "\"a\":1,"};

std::string changed(std::string text, std::mt19937& random) {
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random()) % limit; };
  for (auto changes = below(3) + 1; changes > 0; --changes) {
    const std::size_t at = below(text.size() + 1);
    switch (below(5)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, below(4) + 1);
        break;
      case 2:
        text.insert(at, kPieces[below(std::size(kPieces))]);
        break;
      case 3:
        text.insert(at, text.substr(below(text.size() + 1), below(20)));
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ 1U << below(8));
    }
    if (text.empty()) text = "{}";
  }
  return text;
}

}  // namespace

TEST_CASE("JW-11: the reader takes what jansson takes, reads the same in it, and refuses the rest") {
  std::mt19937 random(20260101);  // NOLINT(cert-msc51-cpp): each run sees the same texts
  int read = 0;
  for (const std::string& seed : seeds()) {
    CAPTURE(seed);
    REQUIRE(compare(seed) == 1);
    for (std::size_t cut = 0; cut <= seed.rfind('}'); ++cut) CHECK(compare(seed.substr(0, cut)) == 0);
    for (int i = 0; i < 8000; ++i) {
      const std::string text = changed(seed, random);
      const int answer = compare(text);
      if (answer < 0) FAIL_CHECK("they differ about: " << text);
      read += answer > 0 ? 1 : 0;
    }
  }
  CHECK(read > 5000);
}
