// SPDX-License-Identifier: Apache-2.0
// Which rules can never decide.
#include <algorithm>
#include <optional>

#include "rule_host.hpp"
#include "rule_state.hpp"

namespace gatehouse::http {
namespace {

template <typename T, typename Covers>
bool all_covered(const std::vector<T>& outer, const std::vector<T>& inner, Covers covers_one) {
  if (outer.empty()) return true;
  return !inner.empty() && std::all_of(inner.begin(), inner.end(), [&](const T& wanted) {
    return std::any_of(outer.begin(), outer.end(), [&](const T& known) { return covers_one(known, wanted); });
  });
}

bool covers_method(const std::string& known, const std::string& wanted) {
  return known == wanted || (known == "GET" && wanted == "HEAD");
}

bool covers_host(const std::string& known, const std::string& wanted) {
  if (known == wanted) return true;
  return wanted.starts_with("*.") ? known.starts_with("*.") && wanted.ends_with(known.substr(1))
                                  : host_matches(known, wanted);
}

bool covers_network(const Network& known, const Network& wanted) {
  return known.contains(wanted);
}

bool covers_all_but_path(const AccessRule& outer, const AccessRule& inner) {
  return all_covered(outer.methods, inner.methods, covers_method) &&
         all_covered(outer.hosts, inner.hosts, covers_host) &&
         all_covered(outer.networks, inner.networks, covers_network);
}

/// The first rule that matches whatever `inner` does with this one of its patterns.
std::optional<std::uint32_t> covering(const RuleState& state, std::uint32_t inner, const PathPattern& pattern) {
  std::optional<std::uint32_t> found;
  const auto consider = [&](std::uint32_t outer) {
    if (outer >= inner || (found && outer >= *found)) return false;
    if (covers_all_but_path(state.rules[outer], state.rules[inner])) found = outer;
    return !found || *found != outer;
  };
  for (const auto outer : state.pathless) {
    if (!consider(outer)) break;
  }
  const std::vector<std::string_view> literal(pattern.begin(),
                                              pattern.begin() + static_cast<std::ptrdiff_t>(literal_prefix(pattern)));
  state.index.walk(literal, [&](const RuleIndex::Entry& entry, std::size_t depth) {
    if (!covers(entry.rest, std::span(pattern).subspan(depth))) return entry.rule < inner;
    return consider(entry.rule);
  });
  return found;
}

}  // namespace

std::string rule_name(const AccessRule& rule) {
  auto name = "rule " + std::to_string(rule.number);
  return rule.where.empty() ? name : name + " (" + rule.where + ")";
}

std::vector<std::string> shadowed(const RuleState& state) {
  std::vector<std::string> warnings;
  for (std::uint32_t i = 0; i < state.rules.size(); ++i) {
    const auto warn = [&](std::uint32_t outer, const std::string& what) {
      warnings.push_back(rule_name(state.rules[i]) + ": " + what + " can never decide: " +
                         rule_name(state.rules[outer]) + " comes first and matches all that it does");
    };
    const auto& patterns = state.patterns[i];
    if (patterns.empty()) {
      const auto outer = std::find_if(state.pathless.begin(), state.pathless.end(), [&](std::uint32_t earlier) {
        return earlier >= i || covers_all_but_path(state.rules[earlier], state.rules[i]);
      });
      if (outer != state.pathless.end() && *outer < i) warn(*outer, "it");
    }
    for (std::size_t p = 0; p < patterns.size(); ++p) {
      if (const auto outer = covering(state, i, patterns[p])) {
        warn(*outer, patterns.size() == 1 ? "it" : "its path \"" + state.rules[i].paths[p] + '"');
      }
    }
  }
  return warnings;
}

}  // namespace gatehouse::http
