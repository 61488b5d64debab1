// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <gatehouse/rules.hpp>
#include <limits>
#include <optional>

#include "ascii.hpp"
#include "identity_view.hpp"
#include "judged_path.hpp"
#include "rule_check.hpp"
#include "rule_host.hpp"
#include "rule_state.hpp"

namespace gatehouse::http {
namespace {

constexpr auto none = std::numeric_limits<std::uint32_t>::max();

bool holds_method(const AccessRule& rule, std::string_view method) noexcept {
  return rule.methods.empty() || std::any_of(rule.methods.begin(), rule.methods.end(), [&](const std::string& known) {
           return known == method || (known == "GET" && method == "HEAD");
         });
}

/// A question with its parts read once.
struct Read {
  std::string_view method;
  std::optional<RuleHost> host;
  std::optional<SourceAddress> from;

  explicit Read(const RuleQuestion& question) noexcept
      : method(question.method), host(RuleHost::read(question.host)), from(SourceAddress::read(question.from)) {}

  [[nodiscard]] bool host_fits(const AccessRule& rule) const noexcept {
    return rule.hosts.empty() || (host && std::any_of(rule.hosts.begin(), rule.hosts.end(), [&](const auto& pattern) {
                                    return host_matches(pattern, host->text());
                                  }));
  }
  [[nodiscard]] bool source_fits(const AccessRule& rule) const noexcept {
    return rule.networks.empty() ||
           (from && std::any_of(rule.networks.begin(), rule.networks.end(),
                                [&](const Network& network) { return network.contains(*from); }));
  }
  [[nodiscard]] bool fits(const AccessRule& rule) const noexcept {
    return holds_method(rule, method) && host_fits(rule) && source_fits(rule);
  }
};

std::string_view refusal(const RuleQuestion& question, bool ignore_case, JudgedPath& path) noexcept {
  const bool overridden = std::any_of(question.headers.begin(), question.headers.end(),
                                      [](const Header& header) { return overrides_method(header.name); });
  if (overridden) return method_is_overridden;
  if (ascii::has_lower_case(question.method)) return method_in_lower_case;
  return path.read(question.target, ignore_case);
}

/// The first rule whose path and other parts fit.
std::uint32_t find(const RuleState& state, const JudgedPath& path, const Read& read) noexcept {
  std::uint32_t best = none;
  for (const auto rule : state.pathless) {
    if (!read.fits(state.rules[rule])) continue;
    best = rule;
    break;
  }
  if (!path.is_path()) return best;
  state.index.walk(path.segments(), [&](const RuleIndex::Entry& entry, std::size_t depth) {
    if (entry.rule >= best) return false;
    if (!read.fits(state.rules[entry.rule]) || !matches(entry.rest, path.segments().subspan(depth))) return true;
    best = entry.rule;
    return false;
  });
  return best;
}

}  // namespace

struct AccessRules::State : RuleState {};

bool overrides_method(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 3> known = {"x-http-method-override", "x-http-method", "x-method-override"};
  if (name.size() < 13 || name.size() > 22) return false;
  return std::any_of(known.begin(), known.end(), [&](std::string_view word) {
    return word.size() == name.size() && std::equal(word.begin(), word.end(), name.begin(), [](char w, char c) {
             return ascii::alphanumeric(c) ? ascii::lower(c) == w : w == '-';
           });
  });
}

bool allows(const AccessRule& rule, const IdentityView& identity) noexcept {
  using Kind = AccessRule::Requirement::Kind;
  if (rule.anyone || rule.requirements.empty()) return true;
  const auto holds = [&](const AccessRule::Requirement& wanted) {
    switch (wanted.kind) {
      case Kind::user:
        return identity.subject() == wanted.name;
      case Kind::group:
        for (std::size_t i = 0; i < identity.group_count(); ++i) {
          if (identity.group(i) == wanted.name) return true;
        }
        return false;
      case Kind::attribute:
        for (std::size_t i = 0; i < identity.attribute_count(); ++i) {
          if (identity.attribute(i) == std::pair<std::string_view, std::string_view>(wanted.name, wanted.value)) {
            return true;
          }
        }
        return false;
    }
    return false;
  };
  return std::any_of(rule.requirements.begin(), rule.requirements.end(), holds);
}

bool AccessRule::allows(const Identity& identity) const noexcept {
  return http::allows(*this, OwnIdentity(identity));
}

AccessRules::AccessRules() noexcept = default;

AccessRules::AccessRules(std::shared_ptr<const State> state) noexcept : state_(std::move(state)) {}

Result<AccessRules> AccessRules::make(std::vector<AccessRule> rules, bool ignore_case) {
  auto state = std::make_shared<State>();
  state->ignore_case = ignore_case;
  for (auto& rule : rules) {
    const auto number = static_cast<std::uint32_t>(state->rules.size());
    rule.number = number + 1;
    auto patterns = check_rule(rule, ignore_case);
    if (!patterns) return patterns.error();
    for (const auto& pattern : *patterns) state->index.add(number, pattern);
    if (patterns->empty()) state->pathless.push_back(number);
    state->patterns.push_back(*std::move(patterns));
    state->rules.push_back(std::move(rule));
  }
  return AccessRules(std::move(state));
}

bool AccessRules::empty() const noexcept {
  return !state_ || state_->rules.empty();
}

const std::vector<AccessRule>& AccessRules::list() const noexcept {
  static const std::vector<AccessRule> no_rules;
  return state_ ? state_->rules : no_rules;
}

Ruling AccessRules::judge(const RuleQuestion& question) const noexcept {
  Ruling ruling;
  if (empty()) {
    ruling.kind = Ruling::Kind::login;
    return ruling;
  }
  JudgedPath path;
  ruling.why = refusal(question, state_->ignore_case, path);
  if (!ruling.why.empty()) return ruling;
  const auto decided = find(*state_, path, Read(question));
  ruling.kind = Ruling::Kind::login;
  if (decided == none) return ruling;
  ruling.rule = &state_->rules[decided];
  if (ruling.rule->anyone) ruling.kind = Ruling::Kind::anyone;
  return ruling;
}

std::vector<std::string> AccessRules::passed_over(const RuleQuestion& question) const {
  std::vector<std::string> lines;
  JudgedPath path;
  if (empty() || !refusal(question, state_->ignore_case, path).empty()) return lines;
  const Read read(question);
  const auto decided = find(*state_, path, read);
  for (std::uint32_t i = 0; i < state_->rules.size() && i < decided; ++i) {
    const auto& rule = state_->rules[i];
    const auto& patterns = state_->patterns[i];
    const bool path_fits =
        patterns.empty() ||
        (path.is_path() && std::any_of(patterns.begin(), patterns.end(),
                                       [&](const PathPattern& pattern) { return matches(pattern, path.segments()); }));
    if (!path_fits) continue;
    auto line = rule_name(rule) + ": the path matches, ";
    if (!holds_method(rule, read.method)) {
      line += "the method does not";
    } else {
      line += read.host_fits(rule) ? "the source address does not" : "the host does not";
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> AccessRules::warnings() const {
  return empty() ? std::vector<std::string>() : shadowed(*state_);
}

std::string requirement_text(const AccessRule& rule) {
  if (rule.anyone) return "anyone";
  if (rule.requirements.empty()) return "login";
  std::string text;
  for (const auto& wanted : rule.requirements) {
    if (!text.empty()) text += " or ";
    switch (wanted.kind) {
      case AccessRule::Requirement::Kind::user:
        text += "user:" + wanted.name;
        break;
      case AccessRule::Requirement::Kind::group:
        text += "group:" + wanted.name;
        break;
      case AccessRule::Requirement::Kind::attribute:
        text += "attribute:" + wanted.name + '=' + wanted.value;
        break;
    }
  }
  return text;
}

}  // namespace gatehouse::http
