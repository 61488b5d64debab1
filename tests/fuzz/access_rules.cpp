// SPDX-License-Identifier: Apache-2.0
// The lines of the input up to an empty one are paths of rules, those after it are asked for. The rule that decides
// must be the one that a matcher without index, which tries everything, finds; and never one of which there was a
// warning.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <gatehouse/rules.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace {

using gatehouse::http::AccessRule;
using gatehouse::http::AccessRules;

constexpr std::size_t most_rules = 24;
constexpr std::size_t longest_line = 48;

void require(bool condition) {
  if (!condition) std::abort();
}

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> out;
  std::string_view rest = path.substr(1);
  while (!rest.empty()) {
    const auto end = rest.find('/');
    out.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return out;
}

bool in_segment(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*')
    return in_segment(pattern.substr(1), text) || (!text.empty() && in_segment(pattern, text.substr(1)));
  return !text.empty() && pattern[0] == text[0] && in_segment(pattern.substr(1), text.substr(1));
}

bool fits(const std::vector<std::string>& pattern, std::size_t p, const std::vector<std::string>& path, std::size_t s) {
  if (p == pattern.size()) return s == path.size();
  if (pattern[p] == "**") return fits(pattern, p + 1, path, s) || (s < path.size() && fits(pattern, p, path, s + 1));
  return s < path.size() && in_segment(pattern[p], path[s]) && fits(pattern, p + 1, path, s + 1);
}

/// What costs a matcher that tries everything more than a moment.
bool is_costly(std::string_view pattern) {
  return std::count(pattern.begin(), pattern.end(), '*') > 6;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::vector<AccessRule> list;
  std::vector<std::string_view> asked;
  bool rules_end = false;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.empty()) {
      rules_end = true;
    } else if (line.size() > longest_line) {
      continue;
    } else if (rules_end) {
      asked.push_back(line);
    } else if (list.size() < most_rules && !is_costly(line)) {
      AccessRule rule;
      rule.paths = {std::string(line)};
      if (AccessRules::make({rule})) list.push_back(std::move(rule));
    }
  }
  const auto made = AccessRules::make(list);
  require(made.ok());
  const auto warnings = made->warnings();
  for (const auto path : asked) {
    const auto ruling = made->judge({"GET", path, "", ""});
    if (made->empty() || ruling.kind == gatehouse::http::Ruling::Kind::refused) continue;
    if (path[0] != '/' || path.find_first_of("%?") != std::string_view::npos) continue;
    std::size_t first = 0;
    while (first < list.size() && !fits(segments(list[first].paths[0]), 0, segments(path), 0)) ++first;
    require(ruling.rule == nullptr ? first == list.size() : ruling.rule->number == first + 1);
    if (ruling.rule == nullptr) continue;
    const auto name = "rule " + std::to_string(ruling.rule->number) + ":";
    for (const auto& warning : warnings) require(!warning.starts_with(name));
  }
  return 0;
}
