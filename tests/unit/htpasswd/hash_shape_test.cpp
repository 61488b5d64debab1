// SPDX-License-Identifier: Apache-2.0
#include <htpasswd/hash_shape.hpp>

#include <string>

#include <doctest/doctest.h>

#include "samples.hpp"

using namespace gatehouse::htpasswd;
using gatehouse::htpasswd::test::kSamples;

namespace {
Scheme scheme(std::string_view hash, const Policy& policy = {}) {
  return shape_of(hash, policy).scheme;
}
const std::string k22(22, 'a');
const std::string k31(31, 'b');
const std::string k43(43, 'c');
const std::string k86(86, 'd');
}  // namespace

TEST_CASE("every scheme is recognised, and has its work") {
  for (const auto& sample : kSamples) {
    CAPTURE(sample.hash);
    const HashShape shape = shape_of(sample.hash, {});
    CHECK(shape.scheme == sample.scheme);
    CHECK(shape.work > 0);
    CHECK_FALSE(scheme_name(shape.scheme).empty());
    CHECK(complaint(shape.scheme).empty());
  }
}

TEST_CASE("every sample cut short, at every length, is not usable") {
  for (const auto& sample : kSamples) {
    if (sample.scheme == Scheme::salted_sha1) continue;  // its salt may be shorter: see verify_test.cpp
    for (std::size_t size = 0; size < sample.hash.size(); ++size) {
      CAPTURE(sample.hash.substr(0, size));
      CHECK_FALSE(is_usable(scheme(sample.hash.substr(0, size))));
    }
    CHECK_FALSE(is_usable(scheme(std::string(sample.hash) + "a")));
    CHECK_FALSE(is_usable(scheme(std::string(sample.hash) + "=")));
    CHECK_FALSE(is_usable(scheme(" " + std::string(sample.hash))));
  }
}

TEST_CASE("empty, locked, plaintext, unknown") {
  CHECK(scheme("") == Scheme::empty);
  for (const char* locked : {"*", "*0", "*1", "!", "!!", "!$6$saltsalt$x"}) CHECK(scheme(locked) == Scheme::locked);
  for (const char* text : {"secret", "a", "$", "$$", "$3$$8846f7eaee8fb117ad06bdd830b7586c", "$2x$04$x", "$2$04$x", "{",
                           "{MD5}x", "{sha}L55TUjtiq8FBorTWAZ0jy6g129A=", "_J9..rasm6f5ycSbUcd6", "$argon2id$v=19$x",
                           "$sha1$40000$x$y", "{plain}secret"}) {
    CAPTURE(text);
    CHECK(scheme(text) == Scheme::unknown);
  }
  CHECK(complaint(Scheme::locked).empty());
  for (const Scheme bad :
       {Scheme::empty, Scheme::unknown, Scheme::plain_off, Scheme::des_off, Scheme::malformed, Scheme::too_costly}) {
    CHECK_FALSE(complaint(bad).empty());
    CHECK_FALSE(is_usable(bad));
  }
}

TEST_CASE("bcrypt: cost, length and alphabet") {
  CHECK(scheme("$2b$14$" + k22 + k31) == Scheme::bcrypt);
  CHECK(scheme("$2b$15$" + k22 + k31) == Scheme::too_costly);
  CHECK(scheme("$2b$31$" + k22 + k31) == Scheme::too_costly);
  CHECK(scheme("$2b$31$" + k22 + k31, {.max_bcrypt_cost = 31}) == Scheme::bcrypt);
  CHECK(scheme("$2b$03$" + k22 + k31) == Scheme::malformed);
  CHECK(scheme("$2b$32$" + k22 + k31) == Scheme::malformed);
  CHECK(scheme("$2b$05$" + std::string(21, 'a') + k31) == Scheme::malformed);
  CHECK(scheme("$2b$05$" + std::string(21, 'a') + "!" + k31) == Scheme::malformed);
  CHECK(scheme("$2b$05x" + k22 + k31) == Scheme::malformed);
}

TEST_CASE("sha-crypt: rounds, salt and hash") {
  CHECK(scheme("$6$rounds=1000000$salt$" + k86) == Scheme::sha512_crypt);
  CHECK(scheme("$6$rounds=1000001$salt$" + k86) == Scheme::too_costly);
  CHECK(scheme("$6$rounds=999999999$salt$" + k86) == Scheme::too_costly);
  CHECK(scheme("$5$rounds=999999999$salt$" + k43) == Scheme::too_costly);
  CHECK(scheme("$5$rounds=2000$salt$" + k43, {.max_sha_crypt_rounds = 1999}) == Scheme::too_costly);
  CHECK(scheme("$6$rounds=9999999999$salt$" + k86) == Scheme::malformed);
  CHECK(scheme("$6$rounds=10$salt$" + k86) == Scheme::malformed);
  CHECK(scheme("$6$12345678901234567$" + k86) == Scheme::malformed);
  CHECK(scheme("$6$salt$" + k43) == Scheme::malformed);
  CHECK(scheme("$5$salt$" + k86) == Scheme::malformed);
  CHECK(scheme("$6$salt$" + std::string(85, 'd') + "!") == Scheme::malformed);
  CHECK(scheme("$6$$" + k86) == Scheme::sha512_crypt);
}

TEST_CASE("yescrypt and scrypt: memory and time") {
  CHECK(scheme("$y$jBT$salt$" + k43) == Scheme::yescrypt);
  CHECK(scheme("$y$jCT$salt$" + k43) == Scheme::too_costly);
  CHECK(scheme("$y$jFT$salt$" + k43) == Scheme::too_costly);
  CHECK(scheme("$gy$jFT$salt$" + k43) == Scheme::too_costly);
  CHECK(scheme("$7$CU..../....salt$" + k43) == Scheme::scrypt);
  CHECK(scheme("$7$DU..../....salt$" + k43) == Scheme::too_costly);
  CHECK(scheme("$7$CUzzzz/....salt$" + k43) == Scheme::too_costly);
  CHECK(scheme("$7$CU....z....salt$" + k43) == Scheme::too_costly);
  CHECK(scheme("$7$/....../zzzzsalt$" + k43) == Scheme::malformed);
  CHECK(scheme("$7$//..../zzzzsalt$" + k43) == Scheme::too_costly);
  CHECK(scheme("$y$j75$salt$" + k43, {.max_hash_memory = 1U << 20U}) == Scheme::yescrypt);
  CHECK(scheme("$y$j85$salt$" + k43, {.max_hash_memory = 1U << 20U}) == Scheme::too_costly);
  CHECK(scheme("$y$jBT/yzzzz$salt$" + k43) == Scheme::too_costly);  // t
  CHECK(scheme("$y$j9T$" + k86 + "a$" + k43) == Scheme::malformed);
  CHECK(scheme("$y$j9T$salt$" + k86) == Scheme::malformed);
}

TEST_CASE("{SHA} and {SSHA}: Base64 of the right length, canonical in form") {
  CHECK(scheme("{SHA}L55TUjtiq8FBorTWAZ0jy6g129A") == Scheme::malformed);
  CHECK(scheme("{SHA}L55TUjtiq8FBorTWAZ0jy6g12===") == Scheme::malformed);
  CHECK(scheme("{SHA}L55TUjtiq8FBorTWAZ0jy6g129==") == Scheme::malformed);
  CHECK(scheme("{SHA}L55TUjtiq8FBorTWAZ0jy6g1-9A=") == Scheme::malformed);
  CHECK(scheme("{SHA}") == Scheme::malformed);
  CHECK(scheme("{SSHA}L55TUjtiq8FBorTWAZ0jy6g129A=") == Scheme::malformed);  // no salt
  CHECK(scheme("{SSHA}" + std::string(112, 'A')) == Scheme::salted_sha1);
  CHECK(scheme("{SSHA}" + std::string(116, 'A')) == Scheme::malformed);
}

TEST_CASE("{PLAIN} and DES only where they are allowed") {
  CHECK(scheme("{PLAIN}secret") == Scheme::plain_off);
  CHECK(scheme("{PLAIN}secret", {.allow_plain = true}) == Scheme::plain);
  CHECK(scheme("{PLAIN}", {.allow_plain = true}) == Scheme::malformed);
  CHECK(scheme("abhfCpXqd4GrI") == Scheme::des_off);
  CHECK(scheme("abhfCpXqd4GrI", {.allow_des = true}) == Scheme::des);
  CHECK(scheme("abhfCpXqd4Gr", {.allow_des = true}) == Scheme::unknown);
  CHECK(scheme("abhfCpXqd4GrIJ", {.allow_des = true}) == Scheme::unknown);
  CHECK(scheme("abhfCpXqd4Gr!", {.allow_des = true}) == Scheme::unknown);
}

TEST_CASE("control characters are in no hash") {
  CHECK(scheme("{PLAIN}a\tb", {.allow_plain = true}) == Scheme::malformed);
  CHECK(scheme("secret\x01") == Scheme::malformed);
  CHECK(scheme("$6$sa\x7Flt$" + k86) == Scheme::malformed);
}
