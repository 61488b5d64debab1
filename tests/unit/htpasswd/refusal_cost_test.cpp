// SPDX-License-Identifier: Apache-2.0
#include <refusal_cost.hpp>

#include <doctest/doctest.h>

using namespace gatehouse::htpasswd;
using std::chrono::microseconds;

TEST_CASE("no users, no cost") {
  const Digests digests;
  RefusalCost cost(digests);
  CHECK(cost.of(Costs{}) == microseconds(0));
}

TEST_CASE("the cost grows with the parameter, and the costliest scheme counts") {
  const Digests digests;
  RefusalCost cost(digests);
  Costs cheap;
  cheap.add(Scheme::bcrypt, Work{1} << 5U);
  Costs dear = cheap;
  dear.add(Scheme::bcrypt, Work{1} << 12U);
  Costs mixed = dear;
  mixed.add(Scheme::sha1, 1);
  const auto five = cost.of(cheap);
  const auto twelve = cost.of(dear);
  CHECK(five > microseconds(0));
  CHECK(twelve / 128 >= five - microseconds(1));
  CHECK(twelve / 128 <= five + microseconds(1));
  CHECK(cost.of(mixed) == twelve);
}

TEST_CASE("every scheme can be measured") {
  const Digests digests;
  RefusalCost cost(digests);
  for (const Scheme scheme : {Scheme::bcrypt, Scheme::apr1, Scheme::md5_crypt, Scheme::sha256_crypt,
                              Scheme::sha512_crypt, Scheme::yescrypt, Scheme::gost_yescrypt, Scheme::scrypt}) {
    CAPTURE(scheme_name(scheme));
    Costs costs;
    costs.add(scheme, 1'000'000'000);  // scaled up, so that none rounds to nothing
    CHECK(cost.of(costs) > microseconds(1000));
  }
}
