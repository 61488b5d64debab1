// SPDX-License-Identifier: Apache-2.0
#include <htpasswd/cost.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace gatehouse::htpasswd;

TEST_CASE("bcrypt's two digits") {
  CHECK(bcrypt_work("04") == Work{16});
  CHECK(bcrypt_work("12") == Work{4096});
  CHECK(bcrypt_work("31") == Work{1} << 31U);
  for (const char* bad : {"", "4", "03", "00", "32", "99", "1a", "a1", "-5", " 5", "005"}) {
    CHECK_FALSE(bcrypt_work(bad));
  }
}

TEST_CASE("sha-crypt rounds") {
  const auto rounds = [](std::string_view text) { return take_sha_crypt_rounds(text); };
  CHECK(rounds("salt$hash") == Work{5000});
  CHECK(rounds("rounds=1000$salt$hash") == Work{1000});
  CHECK(rounds("rounds=999999999$salt$hash") == Work{999'999'999});
  for (const char* bad : {"rounds=$s$h", "rounds=999$s$h", "rounds=01000$s$h", "rounds=1000000000$s$h", "rounds=5000",
                          "rounds=5000x$s$h", "rounds=-5000$s$h", "rounds= 5000$s$h", "rounds=0x1000$s$h",
                          "rounds=99999999999999999999999$s$h", "rounds=$"}) {
    CAPTURE(bad);
    CHECK_FALSE(rounds(bad));
  }
  std::string_view text = "rounds=1000$salt$hash";
  CHECK(take_sha_crypt_rounds(text));
  CHECK(text == "salt$hash");
}

TEST_CASE("yescrypt's parameters: memory as crypt() takes it") {
  const auto memory = [](std::string_view text) {
    const auto cost = yescrypt_cost(text);
    return cost ? cost->memory : 0;
  };
  CHECK(memory("j75$s$h") == 1ULL << 20U);  // the costs that crypt_gensalt() writes
  CHECK(memory("j85$s$h") == 2ULL << 20U);
  CHECK(memory("j7T$s$h") == 4ULL << 20U);
  CHECK(memory("j9T$s$h") == 16ULL << 20U);
  CHECK(memory("jBT$s$h") == 64ULL << 20U);
  CHECK(memory("jFT$s$h") == 1ULL << 30U);
  CHECK(yescrypt_cost("j9T$abcd$hash")->rest == "abcd$hash");
  CHECK(yescrypt_cost("j9T$$hash")->rest == "$hash");
  // More bytes than 64 bits can count are still too much, not little.
  CHECK(memory("jjj$s$h") == (1ULL << 48U) * 48 * 128);
  CHECK(memory("jjyzzzz$s$h") == ~0ULL);
  CHECK_FALSE(yescrypt_cost("jyzzzzT$s$h"));  // 2^N with N over 63
}

TEST_CASE("yescrypt's p and t are work") {
  const auto plain = yescrypt_cost("j9T$s$h");
  const auto parallel = yescrypt_cost("j9T..$s$h");  // have=1 (p), p=2
  const auto longer = yescrypt_cost("j9T/.$s$h");    // have=2 (t), t=1
  REQUIRE(plain);
  REQUIRE(parallel);
  REQUIRE(longer);
  CHECK(parallel->work == 2 * plain->work);
  CHECK(longer->work == 2 * plain->work);
}

TEST_CASE("yescrypt: what is not in its form, or asks for a ROM") {
  for (const char* bad : {"", "$", "j", "j9", "j9T", "j9$s$h", "$s$h", "j9T*$s$h", "!9T$s$h", "j9T.$s$h", "j9T3.$s$h",
                          "j9T5.$s$h", "jz$", "j9Tx"}) {
    CAPTURE(bad);
    CHECK_FALSE(yescrypt_cost(bad));
  }
}

TEST_CASE("scrypt's parameters") {
  const auto usual = scrypt_cost("CU..../....salt$hash");
  REQUIRE(usual);
  CHECK(usual->memory == 64ULL << 20U);
  CHECK(usual->work == 64ULL << 20U);
  CHECK(usual->rest == "salt$hash");
  const auto parallel = scrypt_cost("CU....0....salt$hash");
  REQUIRE(parallel);
  CHECK(parallel->work == 128ULL << 20U);
  CHECK(scrypt_cost("zzzzzzzzzzzsalt$hash")->work == ~Work{0});
  for (const char* bad :
       {"", "C", "CU....", "CU..../...", ".U..../....s$h", "C...../....s$h", "CU.........s$h", "C!..../....s$h"}) {
    CAPTURE(bad);
    CHECK_FALSE(scrypt_cost(bad));
  }
}

TEST_CASE("a table's costs are the highest of each scheme, unusable ones left out") {
  Costs costs;
  CHECK(costs.of(Scheme::bcrypt) == 0);
  costs.add(Scheme::bcrypt, 32);
  costs.add(Scheme::bcrypt, 16);
  costs.add(Scheme::too_costly, 99);
  CHECK(costs.of(Scheme::bcrypt) == 32);
  CHECK(costs.of(Scheme::too_costly) == 0);
  Costs same;
  same.add(Scheme::bcrypt, 32);
  CHECK(costs == same);
}
