// SPDX-License-Identifier: Apache-2.0
#include "region/cache_key.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>
#include <vector>

namespace {

using gatehouse::Attribute;
using gatehouse::Request;
using gatehouse::detail::CacheKey;
using gatehouse::detail::CacheKeyMaker;
using gatehouse::detail::Digest;
using gatehouse::detail::PartsDigest;

std::string hex(const Digest& digest) {
  std::string out;
  for (const std::uint8_t byte : digest) {
    out += "0123456789abcdef"[byte >> 4U];
    out += "0123456789abcdef"[byte & 15U];
  }
  return out;
}

TEST_CASE("the digest is SHA-256 over length-prefixed parts") {
  CHECK(hex(PartsDigest().finish()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const std::string expected("\x03\0\0\0\0\0\0\0abc", 11);
  std::array<std::uint8_t, 32> plain{};
  SHA256(reinterpret_cast<const unsigned char*>(expected.data()), expected.size(), plain.data());
  CHECK(PartsDigest().add("abc").finish() == plain);
}

TEST_CASE("parts cannot run into each other") {
  const auto two = [](std::string_view a, std::string_view b) { return PartsDigest().add(a).add(b).finish(); };
  CHECK(two("ab", "c") != two("a", "bc"));
  CHECK(two("abc", "") != two("", "abc"));
  CHECK(PartsDigest().add("abc").finish() != two("abc", ""));
}

struct Maker {
  CacheKey make(const Request& request) { return maker.make(definition, request, declared); }
  explicit Maker(std::uint8_t region = 1) : maker({region}) {}
  CacheKeyMaker maker;
  Digest definition = PartsDigest().add("realm").finish();
  std::vector<std::string_view> declared = {"client.address", "http.method"};
};

TEST_CASE("equal questions have equal keys, with one key; another region's differ") {
  Maker m;
  const Request request = Request::with_password("bob", "secret");
  CHECK(m.make(request) == m.make(request));
  Maker other(2);
  CHECK(m.make(request) != other.make(request));
}

TEST_CASE("every difference makes another key") {
  Maker m;
  std::set<CacheKey> keys;
  std::size_t made = 0;
  const auto add = [&](const Request& request) {
    keys.insert(m.make(request));
    ++made;
  };
  add(Request::with_password("bob", "secret"));
  add(Request::with_password("bobs", "ecret"));
  add(Request::with_password("bob", "Secret"));
  add(Request::with_password("", "bobsecret"));
  add(Request::with_token("secret"));
  add(Request::with_token("bobsecret"));
  Request as_none = Request::with_password("bob", "secret");
  as_none.credential = gatehouse::CredentialKind::none;
  add(as_none);
  std::array<std::string_view, 2> responses = {"a", "bc"};
  Request answered;
  answered.credential = gatehouse::CredentialKind::response;
  answered.responses = responses;
  add(answered);
  std::array<std::string_view, 2> shifted = {"ab", "c"};
  answered.responses = shifted;
  add(answered);
  answered.responses = std::span<const std::string_view>(shifted).first(1);
  add(answered);
  answered.state = "s";
  add(answered);
  CHECK(keys.size() == made);
  m.definition = PartsDigest().add("realm2").finish();
  CHECK_FALSE(keys.contains(m.make(Request::with_password("bob", "secret"))));
}

TEST_CASE("declared attributes count, by name, number and order of values; others do not") {
  Maker m;
  const auto with = [&](std::vector<Attribute> attributes) {
    Request request = Request::with_password("bob", "secret");
    request.attributes = attributes;
    return m.make(request);
  };
  const CacheKey none = with({});
  const CacheKey one = with({{"client.address", "192.0.2.1"}});
  CHECK(none != one);
  CHECK(one != with({{"client.address", "192.0.2.2"}}));
  CHECK(one != with({{"http.method", "192.0.2.1"}}));
  CHECK(none != with({{"client.address", ""}}));
  CHECK(one != with({{"client.address", "192.0.2.1"}, {"client.address", "192.0.2.1"}}));
  CHECK(with({{"client.address", "a"}, {"client.address", "b"}}) !=
        with({{"client.address", "b"}, {"client.address", "a"}}));
  CHECK(with({{"client.address", "a"}, {"http.method", "GET"}}) ==
        with({{"http.method", "GET"}, {"client.address", "a"}}));
  CHECK(none == with({{"http.uri", "/x"}, {"dpop.proof", "p"}}));
}

TEST_CASE("a value can not pretend to be the next attribute") {
  Maker m;
  const std::string forged = std::string("a") + std::string("\x0b\0\0\0\0\0\0\0http.method", 19);
  Request request = Request::with_password("bob", "secret");
  const std::array<Attribute, 1> one = {Attribute{"client.address", forged}};
  request.attributes = one;
  const CacheKey key = m.make(request);
  const std::array<Attribute, 2> two = {Attribute{"client.address", "a"}, Attribute{"http.method", ""}};
  request.attributes = two;
  CHECK(key != m.make(request));
}

}  // namespace
