// SPDX-License-Identifier: Apache-2.0
// gatehouse rules explain: which rule decides a request, and why. No backend is asked.
#include <unistd.h>

#include <gatehouse/decision.hpp>
#include <gatehouse/network.hpp>
#include <gatehouse/rules.hpp>
#include <gatehouse/sections.hpp>
#include <iostream>

#include "commands.hpp"
#include "exit_codes.hpp"
#include "source.hpp"
#include "terminal.hpp"

namespace gatehouse::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

Result<Identity> identity_of(const Arguments& arguments) {
  Identity identity;
  identity.subject = arguments.user;
  identity.groups = arguments.groups;
  for (const auto& text : arguments.attributes) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) return Error{"--attribute \"" + text + "\": expected NAME=VALUE"};
    identity.attributes.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  if (identity.subject.empty() && !(identity.groups.empty() && identity.attributes.empty())) {
    return Error{"--group and --attribute go with --user NAME"};
  }
  return identity;
}

void tell(std::string_view text) {
  std::cout << printable(text) << '\n';
}

void tell_rule(const http::AccessRule& rule) {
  tell("rule " + std::to_string(rule.number) + " (" + rule.where + ") decides:");
  if (!rule.paths.empty()) tell("  path: " + joined(rule.paths));
  if (!rule.methods.empty()) tell("  methods: " + joined(rule.methods));
  if (!rule.hosts.empty()) tell("  host: " + joined(rule.hosts));
  if (!rule.networks.empty()) tell("  from: the caller's network is among those named");
  tell("  require: " + http::requirement_text(rule));
}

int end(std::string_view text, Colour colour, int code) {
  std::cout << paint(printable(text), colour, colours(STDOUT_FILENO)) << std::endl;
  return code;
}

int explain(const http::AccessRules& rules, const Arguments& arguments, const Identity& identity) {
  const http::RuleQuestion question{arguments.method, arguments.path, arguments.host, arguments.from};
  for (const std::string& line : rules.passed_over(question)) tell(line);
  const auto ruling = rules.judge(question);
  if (ruling.kind == http::Ruling::Kind::refused) {
    tell("no rule is asked: " + std::string(ruling.why));
    return end("refused with 400, whoever asks", Colour::red, exit_usage);
  }
  if (ruling.rule != nullptr) {
    tell_rule(*ruling.rule);
  } else {
    tell(rules.empty() ? "there are no rules: a login is enough" : "no rule matches: a login is enough");
  }
  if (ruling.kind == http::Ruling::Kind::anyone) return end("let in without a login", Colour::green, exit_ok);
  if (identity.subject.empty())
    return end("a login is asked for (401)", Colour::yellow, exit_code(DecisionCode::denied));
  if (ruling.allows(identity)) return end(identity.subject + " is let in", Colour::green, exit_ok);
  return end(identity.subject + " is refused (403)", Colour::red, exit_code(DecisionCode::forbidden));
}

}  // namespace

int rules_explain(const Arguments& arguments) {
  const auto fail = [](const Error& error) {
    print_error(error.message);
    return exit_usage;
  };
  if (!arguments.from.empty() && !http::SourceAddress::read(arguments.from)) {
    return fail(Error{"--from \"" + arguments.from + "\": expected an address without port, or unix"});
  }
  auto identity = identity_of(arguments);
  if (!identity) return fail(identity.error());
  auto sections = Sections::read(config_source(arguments));
  if (!sections) return fail(sections.error());
  auto rules = http::rules(*sections);
  if (!rules) return fail(rules.error());
  return explain(*rules, arguments, *identity);
}

}  // namespace gatehouse::cli
