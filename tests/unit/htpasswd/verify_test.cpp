// SPDX-License-Identifier: Apache-2.0
#include <htpasswd/verify.hpp>

#include <crypt.h>

#include <string>

#include <doctest/doctest.h>
#include <htpasswd/hash_shape.hpp>

#include "samples.hpp"

using namespace gatehouse::htpasswd;
using gatehouse::htpasswd::test::kPassword;
using gatehouse::htpasswd::test::kSamples;

namespace {

const Digests& digests() {
  static const Digests instance;
  return instance;
}

Match check(std::string_view hash, std::string_view password, const Policy& policy = {}) {
  return verify(digests(), shape_of(hash, policy).scheme, hash, password);
}

std::string crypt_of(std::string_view password, const char* setting) {
  crypt_data data{};
  const char* const hash = crypt_rn(std::string(password).c_str(), setting, &data, sizeof data);
  return hash == nullptr ? std::string() : std::string(hash);
}

}  // namespace

TEST_CASE("every scheme: the password, and nothing near it") {
  const std::string nul = std::string(kPassword) + std::string(1, '\0');
  for (const auto& sample : kSamples) {
    CAPTURE(sample.hash);
    CHECK(check(sample.hash, "") == Match::no);
    CHECK(check(sample.hash, "correct hors") == Match::no);
    CHECK(check(sample.hash, "correct horse ") == Match::no);
    CHECK(check(sample.hash, "Correct horse") == Match::no);
    CHECK(check(sample.hash, nul) == Match::no);
    CHECK(check(sample.hash, sample.hash) == Match::no);
    CHECK(check(sample.hash, kPassword) == Match::yes);
  }
}

TEST_CASE("a hash with any one character changed does not match") {
  for (const auto& sample : kSamples) {
    if (sample.scheme == Scheme::scrypt || sample.scheme == Scheme::yescrypt ||
        sample.scheme == Scheme::gost_yescrypt) {
      continue;  // below, at their ends only
    }
    for (std::size_t i = sample.hash.size() - 20; i < sample.hash.size(); ++i) {
      std::string changed(sample.hash);
      changed[i] = changed[i] == 'a' ? 'b' : 'a';
      CAPTURE(changed);
      CHECK(check(changed, kPassword) != Match::yes);
    }
  }
  for (const auto& sample : kSamples) {
    std::string changed(sample.hash);
    char& last = changed[changed.size() - 3];
    last = last == 'a' ? 'b' : 'a';
    CHECK(check(changed, kPassword) != Match::yes);
  }
}

TEST_CASE("{SSHA} cut short matches nothing") {
  for (const auto& sample : kSamples) {
    for (std::size_t size = 0; sample.scheme == Scheme::salted_sha1 && size < sample.hash.size(); ++size) {
      CHECK(check(sample.hash.substr(0, size), kPassword) == Match::no);
    }
  }
}

TEST_CASE("bcrypt knows 72 bytes: a 73rd is refused, not cut") {
  const std::string hash = "$2b$04$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe";  // of 72 a's
  CHECK(check(hash, std::string(72, 'a')) == Match::yes);
  CHECK(check(hash, std::string(71, 'a')) == Match::no);
  CHECK(check(hash, std::string(73, 'a')) == Match::no);
  CHECK(check(hash, std::string(72, 'a') + "b") == Match::no);
  // The hash of 73 bytes, as Apache's htpasswd makes it, can be matched by nobody; the library itself would cut.
  CHECK(crypt_of(std::string(73, 'a'), "$2b$04$abcdefghijklmnopqrstuu") == hash);
}

TEST_CASE("DES knows 8 bytes: a ninth is refused") {
  const Policy des{.allow_des = true};
  CHECK(check("abhfCpXqd4GrI", "correct ", des) == Match::yes);
  CHECK(check("abhfCpXqd4GrI", "correct", des) == Match::no);
  CHECK(check("abhfCpXqd4GrI", "correct horse", des) == Match::no);
  CHECK(check("abhfCpXqd4GrI", "correct x", des) == Match::no);
  CHECK(check("abhfCpXqd4GrI", "correct ") == Match::no);  // not allowed
}

TEST_CASE("other schemes take 511 bytes") {
  const std::string longest(511, 'x');
  const std::string hash = crypt_of(longest, "$6$rounds=1000$salt$");
  REQUIRE_FALSE(hash.empty());
  CHECK(check(hash, longest) == Match::yes);
  CHECK(check(hash, longest + "x") == Match::no);
  CHECK(check(hash, longest + "xx") == Match::no);
  CHECK(check(hash, std::string(65536, 'x')) == Match::no);
  for (const auto& sample : kSamples) {
    CHECK(check(sample.hash, std::string(512, 'x')) == Match::no);
    CHECK_FALSE(is_checkable(sample.scheme, std::string(512, 'x')));
  }
  // apr1's longest text must fit its room.
  CHECK(check("$apr1$abcdefgh$sIQmFnT1CuEXAsyjuXjUX/", longest) == Match::no);
}

TEST_CASE("bytes are checked as sent: Latin-1 is not UTF-8") {
  const std::string latin = "$2b$04$abcdefghijklmnopqrstuu1L3qhPthuwddSyHopqP/p1oYCozgT7m";  // of p\xE4ss
  CHECK(check(latin, "p\xE4ss") == Match::yes);
  CHECK(check(latin, "p\xC3\xA4ss") == Match::no);
}

TEST_CASE("{PLAIN}") {
  const Policy plain{.allow_plain = true};
  CHECK(check("{PLAIN}open sesame", "open sesame", plain) == Match::yes);
  CHECK(check("{PLAIN}open sesame", "open sesam", plain) == Match::no);
  CHECK(check("{PLAIN}open sesame", "{PLAIN}open sesame", plain) == Match::no);
  CHECK(check("{PLAIN}open sesame", "open sesame") == Match::no);
}

TEST_CASE("what is unusable matches nothing, not even itself") {
  for (const char* hash : {"", "secret", "*0", "*1", "*", "!", "$6$rounds=999999999$salt$x", "$2b$31$"}) {
    CHECK(check(hash, "secret") == Match::no);
    CHECK(check(hash, hash) == Match::no);
    CHECK(check(hash, "*0") == Match::no);
    CHECK(check(hash, "") == Match::no);
  }
}

TEST_CASE("a hash that crypt() itself refuses is a failure, not an answer") {
  // Well formed by its length, but yescrypt's salt "abc" is not a whole number of bytes.
  const std::string hash = "$y$j75$abc$" + std::string(43, 'a');
  REQUIRE(shape_of(hash, {}).scheme == Scheme::yescrypt);
  CHECK(check(hash, "secret") == Match::failed);
}

TEST_CASE("our reading of yescrypt's cost is crypt()'s own: what it makes is what we measure") {
  for (unsigned long cost = 1; cost <= 5; ++cost) {
    char setting[CRYPT_GENSALT_OUTPUT_SIZE] = {};
    REQUIRE(crypt_gensalt_rn("$y$", cost, nullptr, 0, setting, sizeof setting) != nullptr);
    const std::string hash = crypt_of(kPassword, setting);
    const HashShape shape = shape_of(hash, {});
    CAPTURE(hash);
    CHECK(shape.scheme == Scheme::yescrypt);
    CHECK(check(hash, kPassword) == Match::yes);
    CHECK(check(hash, "wrong") == Match::no);
  }
}
