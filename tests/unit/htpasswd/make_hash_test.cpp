// SPDX-License-Identifier: Apache-2.0
#include <htpasswd/make_hash.hpp>

#include <array>
#include <string>

#include <doctest/doctest.h>
#include <htpasswd/hash_shape.hpp>
#include <htpasswd/verify.hpp>

using namespace gatehouse::htpasswd;

namespace {

constexpr std::array kMade{Scheme::bcrypt,       Scheme::apr1, Scheme::sha1, Scheme::sha256_crypt,
                           Scheme::sha512_crypt, Scheme::des,  Scheme::plain};
constexpr Policy kEverything{.allow_plain = true, .allow_des = true};

std::optional<std::string> make(Scheme scheme, std::string_view password) {
  return make_hash(Digests(), scheme, scheme == Scheme::bcrypt ? 4 : 0, password);
}

}  // namespace

TEST_CASE("what cannot be checked is not made") {
  for (const Scheme scheme : kMade) {
    CHECK_FALSE(make(scheme, ""));
    CHECK_FALSE(make(scheme, std::string_view("a\0b", 3)));
    CHECK_FALSE(make(scheme, std::string(longest_password(scheme) + 1, 'a')));
  }
  for (const Scheme scheme : {Scheme::salted_sha1, Scheme::yescrypt, Scheme::locked, Scheme::unknown, Scheme::empty}) {
    CHECK_FALSE(make(scheme, "password"));
  }
  for (const unsigned long cost : {1UL, 3UL, 32UL, 1000UL}) {
    CHECK_FALSE(make_hash(Digests(), Scheme::bcrypt, cost, "password"));
  }
}

TEST_CASE("what is made is checked") {
  const Digests digests;
  for (const Scheme scheme : kMade) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{8}, longest_password(scheme)}) {
      const std::string password(size, 'a');
      const auto hash = make(scheme, password);
      REQUIRE(hash);
      CAPTURE(*hash);
      CHECK(shape_of(*hash, kEverything).scheme == scheme);
      CHECK(verify(digests, scheme, *hash, password) == Match::yes);
      CHECK(verify(digests, scheme, *hash, "b" + password.substr(1)) == Match::no);
    }
  }
}

TEST_CASE("every hash has a salt of its own, where the scheme has one") {
  for (const Scheme scheme : kMade) {
    CHECK((make(scheme, "password") == make(scheme, "password")) ==
          (scheme == Scheme::sha1 || scheme == Scheme::plain));
  }
}

TEST_CASE("the cost is the one that was asked for") {
  CHECK(make_hash(Digests(), Scheme::bcrypt, 5, "password")->starts_with("$2y$05$"));
  CHECK(make_hash(Digests(), Scheme::sha256_crypt, 1234, "password")->starts_with("$5$rounds=1234$"));
  CHECK(shape_of(*make_hash(Digests(), Scheme::sha512_crypt, 0, "password"), {}).work == 5000);
}
