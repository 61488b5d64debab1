// SPDX-License-Identifier: Apache-2.0
#include "rule_check.hpp"

#include <algorithm>

#include "ascii.hpp"
#include "rule_host.hpp"
#include "utf8.hpp"

namespace gatehouse::http {
namespace {

Error at_key(const AccessRule& rule, std::string_view key, std::string_view why) {
  std::string message = rule.where.empty() ? "" : rule.where + ": ";
  message += "http.rules[" + std::to_string(rule.number) + "]." + std::string(key) + ": ";
  return Error{message.append(why)};
}

std::string in_quotes(std::string_view text) {
  return '"' + std::string(text) + '"';
}

bool is_clean(std::string_view text) {
  return !text.empty() && valid_utf8(text) && std::none_of(text.begin(), text.end(), ascii::control);
}

}  // namespace

Result<std::vector<PathPattern>> check_rule(AccessRule& rule, bool ignore_case) {
  std::vector<PathPattern> patterns;
  for (const auto& text : rule.paths) {
    auto pattern = read_path_pattern(text, ignore_case);
    if (!pattern) return at_key(rule, "path", pattern.error().message);
    patterns.push_back(*std::move(pattern));
  }
  for (const auto& method : rule.methods) {
    if (!ascii::token(method) || method.size() > 32)
      return at_key(rule, "methods", in_quotes(method) + " is no method");
    std::string upper = method;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    if (upper != method) {
      return at_key(rule, "methods",
                    in_quotes(method) + ": methods are in capitals; did you mean " + in_quotes(upper) + "?");
    }
  }
  for (auto& host : rule.hosts) {
    auto known = read_rule_host(host);
    if (!known) {
      return at_key(rule, "host",
                    in_quotes(host) + ": expected a name without port, in ASCII (\"xn--...\"), or \"*.SUFFIX\"");
    }
    host = *std::move(known);
  }
  if (rule.anyone && !rule.requirements.empty()) {
    return at_key(rule, "require", "\"anyone\" stands alone: with it no login is asked");
  }
  for (const auto& wanted : rule.requirements) {
    const bool attribute = wanted.kind == AccessRule::Requirement::Kind::attribute;
    if (!is_clean(wanted.name) || (attribute && !is_clean(wanted.value))) {
      return at_key(rule, "require", "a name or value is empty or holds a control character");
    }
  }
  return patterns;
}

}  // namespace gatehouse::http
