// SPDX-License-Identifier: Apache-2.0
#include <gatehouse/http.h>
#include <string.h>

#include <exception>
#include <gatehouse/rules.hpp>
#include <gatehouse/sections.hpp>
#include <memory>
#include <vector>

#include "c_strings.hpp"
#include "decided_identity.hpp"
#include "rule_state.hpp"

struct gatehouse_http_rule {
  const gatehouse::http::AccessRule* rule;
  std::string name;
  std::string requirement;
};

struct gatehouse_http_rules {
  gatehouse::http::AccessRules rules;
  std::vector<gatehouse_http_rule> list;  ///< in their order
};

namespace {

using gatehouse::http::lend;
using gatehouse::http::view;

/// Given to gatehouse_free, which is free().
void set_error(char** error, const char* text) noexcept {
  if (error != nullptr) *error = strdup(text);
}

gatehouse::Result<gatehouse::http::AccessRules> read(std::string_view file) {
  gatehouse::ConfigSource source;
  source.file = file;
  source.sections = {gatehouse::http::section()};
  auto sections = gatehouse::Sections::read(source);
  if (!sections) return sections.error();
  return gatehouse::http::rules(*sections);
}

}  // namespace

gatehouse_http_rules* gatehouse_http_rules_read(gatehouse_str file, char** error) {
  try {
    auto rules = read(view(file));
    if (!rules) {
      set_error(error, rules.error().message.c_str());
      return nullptr;
    }
    auto made = std::make_unique<gatehouse_http_rules>();
    made->rules = *std::move(rules);
    for (const auto& rule : made->rules.list()) {
      made->list.push_back({&rule, gatehouse::http::rule_name(rule), gatehouse::http::requirement_text(rule)});
    }
    return made.release();
  } catch (const std::exception& problem) {
    set_error(error, problem.what());
    return nullptr;
  }
}

void gatehouse_http_rules_release(gatehouse_http_rules* rules) {
  const std::unique_ptr<gatehouse_http_rules> owned(rules);
}

size_t gatehouse_http_rules_count(const gatehouse_http_rules* rules) {
  return rules == nullptr ? 0 : rules->list.size();
}

gatehouse_http_ruling gatehouse_http_judge(const gatehouse_http_rules* rules, const gatehouse_http_question* question,
                                           const gatehouse_http_rule** rule, gatehouse_str* why) {
  using Kind = gatehouse::http::Ruling::Kind;
  if (rule != nullptr) *rule = nullptr;
  if (why != nullptr) *why = lend("The request cannot be judged.");
  const bool readable = question != nullptr && question->struct_size == sizeof(gatehouse_http_question) &&
                        (question->headers != nullptr || question->header_count == 0);
  if (rules == nullptr || !readable) return GATEHOUSE_HTTP_RULED_OUT;

  const gatehouse::http::RuleQuestion asked{view(question->method), view(question->target), view(question->host),
                                            view(question->from)};
  for (size_t i = 0; i < question->header_count && !rules->rules.empty(); ++i) {
    if (gatehouse::http::overrides_method(view(question->headers[i].name))) {
      if (why != nullptr) *why = lend(gatehouse::http::method_is_overridden);
      return GATEHOUSE_HTTP_RULED_OUT;
    }
  }
  const auto ruling = rules->rules.judge(asked);
  if (ruling.kind == Kind::refused) {
    if (why != nullptr) *why = lend(ruling.why);
    return GATEHOUSE_HTTP_RULED_OUT;
  }
  if (why != nullptr) *why = {};
  if (rule != nullptr && ruling.rule != nullptr) *rule = &rules->list[ruling.rule->number - 1];
  return ruling.kind == Kind::anyone ? GATEHOUSE_HTTP_ANYONE : GATEHOUSE_HTTP_LOGIN;
}

int gatehouse_http_rule_allows(const gatehouse_http_rule* rule, const gatehouse_decision* decision) {
  if (decision == nullptr || gatehouse_decision_code(decision) != GATEHOUSE_DECISION_GRANTED) return 0;
  const gatehouse::http::DecidedIdentity identity(decision);
  if (identity.subject().empty()) return 0;
  return rule == nullptr || gatehouse::http::allows(*rule->rule, identity) ? 1 : 0;
}

gatehouse_str gatehouse_http_rule_name(const gatehouse_http_rule* rule) {
  return rule == nullptr ? gatehouse_str{nullptr, 0} : lend(rule->name);
}

gatehouse_str gatehouse_http_rule_requirement(const gatehouse_http_rule* rule) {
  return rule == nullptr ? gatehouse_str{nullptr, 0} : lend(rule->requirement);
}
