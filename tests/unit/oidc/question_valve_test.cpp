// SPDX-License-Identifier: Apache-2.0
// JK-22, JK-23: how many wait for a provider, and what is remembered of its answers.
#include <doctest/doctest.h>
#include <inactive_tokens.hpp>
#include <question_valve.hpp>

#include <string>

using namespace gatehouse::oidc;
using std::chrono::milliseconds;
using End = QuestionValve::End;

namespace {

milliseconds at(int ms) {
  return milliseconds(ms);
}

}  // namespace

TEST_CASE("a provider that answers is asked as often as there are callers") {
  QuestionValve valve;
  for (int i = 0; i < 100; ++i) CHECK(valve.begin(at(i)));
  for (int i = 0; i < 100; ++i) valve.end(at(i), at(100), End::answered);
  CHECK(valve.begin(at(100)));
}

TEST_CASE("no more than four wait for one that is slow") {
  QuestionValve valve;
  for (int i = 0; i < 3; ++i) CHECK(valve.begin(at(i)));
  CHECK(valve.begin(at(1000)));
  CHECK(valve.begin(at(1499)));
  CHECK_FALSE(valve.begin(at(1500)));
  CHECK_FALSE(valve.begin(at(60'000)));
  valve.end(at(0), at(60'000), End::answered);
  valve.end(at(1), at(60'000), End::answered);
  CHECK(valve.begin(at(60'000)));
}

TEST_CASE("after one that failed: a rest, and then one at a time until one is answered") {
  QuestionValve valve;
  CHECK(valve.begin(at(0)));
  CHECK(valve.begin(at(1)));
  valve.end(at(0), at(100), End::failed);
  CHECK_FALSE(valve.begin(at(1099)));
  CHECK_FALSE(valve.begin(at(1100)));  // there is still one on its way
  valve.end(at(1), at(1100), End::not_asked);
  CHECK(valve.begin(at(1100)));
  CHECK_FALSE(valve.begin(at(1101)));
  valve.end(at(1100), at(1200), End::answered);
  CHECK(valve.begin(at(1200)));
  CHECK(valve.begin(at(1200)));
}

TEST_CASE("who has no time makes nobody wait, unless the provider is slow") {
  QuestionValve valve;
  CHECK(valve.begin(at(0)));
  valve.end(at(0), at(499), End::gave_up);
  CHECK(valve.begin(at(499)));
  CHECK(valve.begin(at(499)));
  valve.end(at(499), at(999), End::gave_up);
  CHECK_FALSE(valve.begin(at(999)));
  valve.end(at(499), at(999), End::answered);
  CHECK(valve.begin(at(999)));
}

TEST_CASE("eight in a row without an answer make it doubtful, however short their time") {
  QuestionValve valve;
  for (int i = 0; i < 8; ++i) {
    CHECK(valve.begin(at(i)));
    CHECK(valve.begin(at(i)));
    valve.end(at(i), at(i), i == 0 ? End::answered : End::gave_up);
    valve.end(at(i), at(i), End::not_asked);
  }
  CHECK(valve.begin(at(10)));
  CHECK(valve.begin(at(11)));
  valve.end(at(10), at(12), End::gave_up);
  CHECK_FALSE(valve.begin(at(12)));
  valve.end(at(11), at(12), End::answered);
  CHECK(valve.begin(at(12)));
  CHECK(valve.begin(at(12)));
}

TEST_CASE("tokens that are not active are remembered for their time, the oldest go first") {
  InactiveTokens tokens(2, milliseconds(10));
  tokens.add("a", at(0));
  CHECK(tokens.has("a", at(9)));
  CHECK_FALSE(tokens.has("a", at(10)));
  CHECK_FALSE(tokens.has("b", at(0)));
  tokens.add("b", at(5));
  tokens.add("a", at(6));  // again: the older entry goes, the newer stays
  CHECK(tokens.has("a", at(15)));
  CHECK(tokens.has("b", at(14)));
  tokens.add("c", at(7));
  CHECK_FALSE(tokens.has("b", at(8)));
  CHECK(tokens.has("a", at(8)));
  CHECK(tokens.has("c", at(8)));
  InactiveTokens none(2, milliseconds(0));
  none.add("a", at(0));
  CHECK_FALSE(none.has("a", at(0)));
}
