// SPDX-License-Identifier: Apache-2.0
/// The list [[http.rules]] of a configuration.
#include "rules_section.hpp"

#include <gatehouse/rules.hpp>
#include <utility>

namespace gatehouse::http {
namespace {

OptionSpec option(std::string name, bool required, std::string help) {
  OptionSpec spec;
  spec.name = std::move(name);
  spec.type = OptionType::text_list;
  spec.required = required;
  spec.help = std::move(help);
  return spec;
}

/// Appends what one word of `require` asks for. False: it is none that there is.
bool add_requirement(std::string_view word, AccessRule& rule) {
  using Kind = AccessRule::Requirement::Kind;
  const auto colon = word.find(':');
  if (colon == std::string_view::npos) return false;
  const auto kind = word.substr(0, colon);
  const auto name = word.substr(colon + 1);
  if (name.empty()) return false;
  if (kind == "user" || kind == "group") {
    rule.requirements.push_back({kind == "user" ? Kind::user : Kind::group, std::string(name), {}});
    return true;
  }
  const auto equals = name.find('=');
  if (kind != "attribute" || equals == std::string_view::npos || equals == 0 || equals + 1 == name.size()) return false;
  rule.requirements.push_back(
      {Kind::attribute, std::string(name.substr(0, equals)), std::string(name.substr(equals + 1))});
  return true;
}

std::string read_require(const std::vector<std::string>& words, AccessRule& rule) {
  for (const auto& word : words) {
    if (word == "anyone" || word == "login") {
      if (words.size() > 1) return '"' + word + "\" stands alone";
      rule.anyone = word == "anyone";
    } else if (!add_requirement(word, rule)) {
      return '"' + word + "\": expected anyone, login, user:NAME, group:NAME or attribute:NAME=VALUE";
    }
  }
  return {};
}

Result<AccessRules> read_rules(const OptionValues& section, const std::vector<TableEntry>& tables) {
  std::vector<AccessRule> rules;
  for (const auto& table : tables) {
    AccessRule rule;
    rule.where = table.where;
    const auto wrong = [&](std::string_view key, const std::string& why) {
      return Error{table.where + ": http.rules[" + std::to_string(rules.size() + 1) + "]." + std::string(key) + ": " +
                   why};
    };
    for (const auto* key : {"path", "methods", "host", "from"}) {
      if (table.values.given(key) && table.values.list(key).empty()) {
        return wrong(key, "is empty: nothing would match; leave the line out for all");
      }
    }
    rule.paths = table.values.list("path");
    rule.methods = table.values.list("methods");
    rule.hosts = table.values.list("host");
    auto networks = read_networks(table.values.list("from"));
    if (!networks) return wrong("from", networks.error().message);
    rule.networks = *std::move(networks);
    if (auto problem = read_require(table.values.list("require"), rule); !problem.empty()) {
      return wrong("require", problem);
    }
    rules.push_back(std::move(rule));
  }
  return AccessRules::make(std::move(rules), section.text("path_case") == "ignore");
}

}  // namespace

TableListSpec rules_list() {
  TableListSpec list;
  list.name = "rules";
  list.options = {
      option(
          "path", false,
          "Paths that it is for, decoded: `*` stands for one segment or a part of one, `**` for any segments. Without "
          "it: all."),
      option("methods", false, "Methods that it is for; GET is HEAD too. Without it: all."),
      option("host", false, "Names in the Host field that it is for, without port; `*.SUFFIX` too. Without it: all."),
      option("from", false, "Networks of callers that it is for: ADDRESS, ADDRESS/BITS, or unix. Without it: all."),
      option("require", true,
             "`anyone`; `login`; or a list of user:NAME, group:NAME and attribute:NAME=VALUE, one of which must hold."),
  };
  return list;
}

Result<AccessRules> rules(const Config& config) {
  return read_rules(config.section("http"), config.tables("http", "rules"));
}

Result<AccessRules> rules(const Sections& sections) {
  return read_rules(sections.section("http"), sections.tables("http", "rules"));
}

}  // namespace gatehouse::http
