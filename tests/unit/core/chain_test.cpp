// SPDX-License-Identifier: Apache-2.0
// Every sequence of verdicts and policies, against rules written down a second time in another shape.
#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "chain/chain.hpp"
#include "engine_support.hpp"

namespace {

using gatehouse::DecisionCode;
using gatehouse::VerdictCode;
using gatehouse::config::OnUnavailable;
using gatehouse::detail::next_step;
using gatehouse::test::InlineEngine;
using gatehouse::test::Script;

struct Link {
  VerdictCode verdict;
  OnUnavailable policy;
};

struct Outcome {
  DecisionCode code;
  std::size_t asked;
};

/// The rules as sentences over the whole chain, not as steps.
Outcome oracle(const std::vector<Link>& chain) {
  const auto goes_on = [](const Link& link) {
    return link.verdict == VerdictCode::not_mine ||
           (link.verdict == VerdictCode::unavailable && link.policy == OnUnavailable::next);
  };
  std::size_t asked = 0;
  bool some_missed = false;
  std::optional<VerdictCode> ender;
  for (const Link& link : chain) {
    ++asked;
    some_missed = some_missed || link.verdict == VerdictCode::unavailable;
    if (!goes_on(link)) {
      ender = link.verdict;
      break;
    }
  }
  if (ender == VerdictCode::granted) return {DecisionCode::granted, asked};
  if (ender == VerdictCode::challenge) return {DecisionCode::challenge, asked};
  if (some_missed) return {DecisionCode::unavailable, asked};  // nobody granted, and one who might have did not answer
  if (ender == VerdictCode::forbidden) return {DecisionCode::forbidden, asked};
  return {DecisionCode::denied, asked};  // by a backend, or because nobody knows the caller
}

Outcome by_steps(const std::vector<Link>& chain) {
  bool missed = false;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const auto step = next_step(chain[i].verdict, chain[i].policy, i + 1 == chain.size(), missed);
    if (!step.ask_next) return {step.code, i + 1};
    REQUIRE(i + 1 < chain.size());
    missed = step.missed;
  }
  FAIL("a chain without an end");
  return {DecisionCode::unavailable, 0};
}

template <typename Use>
void for_each_chain(std::size_t longest, Use use) {
  constexpr std::array policies = {OnUnavailable::end, OnUnavailable::next};
  std::vector<std::vector<Link>> level = {{}};
  for (std::size_t length = 1; length <= longest; ++length) {
    std::vector<std::vector<Link>> longer;
    for (const auto& chain : level) {
      for (std::uint32_t verdict = 0; verdict <= 5; ++verdict) {
        for (const OnUnavailable policy : policies) {
          longer.push_back(chain);
          longer.back().push_back({static_cast<VerdictCode>(verdict), policy});
          use(longer.back());
        }
      }
    }
    level = std::move(longer);
  }
}

TEST_CASE("all chains up to three backends end as the rules say") {
  int chains = 0;
  for_each_chain(3, [&](const std::vector<Link>& chain) {
    const Outcome expected = oracle(chain);
    const Outcome got = by_steps(chain);
    if (got.code != expected.code || got.asked != expected.asked) {
      std::string name;
      for (const Link& link : chain) name += std::string(to_string(link.verdict)) + " ";
      FAIL_CHECK(name);
    }
    ++chains;
  });
  CHECK(chains == 12 + 144 + 1728);
}

TEST_CASE("a grant needs a granted verdict: no chain without one grants") {
  for_each_chain(3, [](const std::vector<Link>& chain) {
    bool any = false;
    for (const Link& link : chain) any = any || link.verdict == VerdictCode::granted;
    if (!any && by_steps(chain).code == DecisionCode::granted) FAIL_CHECK("granted from nothing");
  });
}

TEST_CASE("a number that is no verdict is unavailable") {
  for (const std::uint32_t number : {6U, 77U, 0xFFFFFFFFU}) {
    const auto step = next_step(static_cast<VerdictCode>(number), OnUnavailable::end, false, false);
    CHECK_FALSE(step.ask_next);
    CHECK(step.code == DecisionCode::unavailable);
  }
}

TEST_CASE("the same through whole decisions, and nobody behind the end is asked") {
  InlineEngine inline_engine;
  inline_engine.throttle.subject_failures = 0;
  for_each_chain(3, [&](const std::vector<Link>& chain) {
    std::vector<Script> scripts(chain.size());
    std::vector<std::shared_ptr<gatehouse::detail::Backend>> backends;
    for (std::size_t i = 0; i < chain.size(); ++i) {
      scripts[i].answer = [verdict = chain[i].verdict](auto* host, auto* api, const auto& request, auto* call) {
        if (verdict == VerdictCode::challenge) {
          gatehouse_challenge challenge{};
          challenge.struct_size = sizeof challenge;
          challenge.kind = GATEHOUSE_CHALLENGE_PROMPT;
          api->add_challenge(host, call, &challenge);
        }
        api->set_subject(host, call, request.user);
        return static_cast<gatehouse_verdict>(verdict);
      };
      backends.push_back(inline_engine.backend(scripts[i], "b" + std::to_string(i), chain[i].policy));
    }
    const auto realm = inline_engine.realm(std::move(backends), std::chrono::milliseconds(0));
    const auto answer = InlineEngine::ask(realm, "bob");
    const Outcome expected = oracle(chain);
    int asked = 0;
    for (const Script& script : scripts) asked += script.asked;
    const bool as_expected = answer->code == expected.code && asked == static_cast<int>(expected.asked) &&
                             answer->steps.size() == expected.asked;
    if (!as_expected) FAIL_CHECK("a whole decision differs");
    const bool named = answer->code == DecisionCode::granted || answer->code == DecisionCode::forbidden;
    if (answer->identity.subject != (named ? "bob" : "")) FAIL_CHECK("an identity where there is none");
    if ((answer->code == DecisionCode::challenge) != !answer->challenges.empty()) FAIL_CHECK("challenges");
  });
}

}  // namespace
