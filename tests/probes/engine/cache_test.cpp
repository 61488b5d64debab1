// SPDX-License-Identifier: Apache-2.0
// What is remembered counts only while nothing it depends on has changed.
#include <doctest/doctest.h>

#include <array>

#include "bench.hpp"

namespace {

using namespace bench;

bool remembered(const Realm& realm, std::string_view user) {
  const auto decision = realm.try_decide(right(user));
  return decision && decision->granted() && decision->cached() && decision->subject() == user;
}

TEST_CASE("invalidate drops one subject, or all") {
  Bench bench;
  const Realm realm = bench.serve("");
  CHECK_FALSE(remembered(realm, "bob"));
  CHECK(ask(realm, "bob").granted());
  CHECK(ask(realm, "alice").granted());
  CHECK(remembered(realm, "bob"));
  CHECK(ask(realm, "forget bob").code() == DecisionCode::denied);
  CHECK_FALSE(remembered(realm, "bob"));
  CHECK(remembered(realm, "alice"));
  CHECK(ask(realm, "bob").granted());
  CHECK(remembered(realm, "bob"));
  static_cast<void>(ask(realm, "forget"));
  CHECK_FALSE(remembered(realm, "bob"));
  CHECK_FALSE(remembered(realm, "alice"));
}

TEST_CASE("a change in an earlier backend drops a grant of a later one, whoever it was about") {
  Bench bench;
  const Config config =
      bench.load("[realms.r]\nchain = [\"a\", \"b\", \"c\"]\nsubjects = \"shared\"\n" +
                 bench.backend("a", "mine = \"a\"\n") + bench.backend("b", "mine = \"b\"\n") + bench.backend("c"));
  bench.start();
  const Realm realm = *config.realm();
  for (const char* user : {"anna", "bob", "carl"}) CHECK(ask(realm, user).granted());
  for (const char* user : {"anna", "bob", "carl"}) CHECK(remembered(realm, user));
  CHECK(realm.try_decide(right("carl"))->identity().backend == "c");
  CHECK(ask(realm, "forget somebody").code() == DecisionCode::denied);  // backend a takes it
  CHECK(remembered(realm, "anna"));                                     // a's own, and not about her
  CHECK_FALSE(remembered(realm, "bob"));
  CHECK_FALSE(remembered(realm, "carl"));
}

TEST_CASE("wrong passwords, other addresses and other realms do not find a remembered grant") {
  Bench bench;
  const Config config = bench.load("[realms.r]\nchain = [\"b\"]\n[realms.s]\nchain = [\"b\"]\n" + bench.backend("b"));
  bench.start();
  const Realm realm = *config.realm("r");
  const auto from = [](const gatehouse::Attribute& attribute) {
    Request request = right("bob");
    request.attributes = {&attribute, 1};
    return request;
  };
  const gatehouse::Attribute here{"client.address", "192.0.2.1"};
  const gatehouse::Attribute there{"client.address", "192.0.2.2"};
  const gatehouse::Attribute undeclared{"http.uri", "/x"};
  CHECK(realm.decide(from(here)).granted());
  CHECK(realm.try_decide(from(here)));
  CHECK_FALSE(realm.try_decide(from(there)));
  CHECK_FALSE(realm.try_decide(right("bob")));
  CHECK(ask(realm, "bob").granted());
  CHECK(realm.try_decide(from(undeclared)));  // nobody reads it: it makes no difference
  CHECK_FALSE(realm.try_decide(Request::with_password("bob", "wrong")));
  CHECK(ask(realm, "bob", "wrong").code() == DecisionCode::denied);
  CHECK_FALSE(config.realm("s")->try_decide(right("bob")));
}

TEST_CASE("a cache that is off remembers nothing") {
  Bench bench;
  const Config config = bench.load("[cache]\nttl = \"0s\"\n[realms.r]\nchain = [\"b\"]\n" + bench.backend("b"));
  bench.start();
  CHECK(ask(*config.realm(), "bob").granted());
  CHECK_FALSE(remembered(*config.realm(), "bob"));
}

TEST_CASE("what no backend may see is refused without one") {
  Letters letters;
  Bench bench;
  const Realm realm = bench.serve(line("events", letters.fd()));
  const std::string long_user(513, 'u');
  const std::string long_password(4097, 'p');
  const std::array<Request, 9> refused = {
      Request{},
      Request::with_token("abc"),
      Request::with_password("", "right"),
      Request::with_password("bob", ""),
      Request::with_password("bob\nroot", "right"),
      Request::with_password("bob", std::string_view("ri\0ght", 6)),
      Request::with_password("b\xE9", "right"),
      Request::with_password(long_user, "right"),
      Request::with_password("bob", long_password),
  };
  for (const Request& request : refused) {
    const auto decision = realm.try_decide(request);
    REQUIRE(decision);
    CHECK(decision->code() == DecisionCode::denied);
    CHECK(realm.decide(request).code() == DecisionCode::denied);
  }
  Request odd = right("bob");
  odd.credential = static_cast<gatehouse::CredentialKind>(3);
  CHECK(realm.decide(odd).code() == DecisionCode::denied);
  CHECK(ask(realm, "bob").granted());
  CHECK(letters.wait('A'));
  CHECK(letters.seen('A') == 1);
}

}  // namespace
