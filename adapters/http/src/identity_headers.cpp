// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <gatehouse/http.hpp>

#include "ascii.hpp"
#include "header_names.hpp"
#include "identity_fields.hpp"

namespace gatehouse::http {
namespace {

constexpr std::size_t max_patterns = 64;
constexpr std::size_t max_pattern_size = 256;

struct NamedField {
  std::string_view key;  ///< in the section [http]
  const std::string& header;
};

std::array<NamedField, max_fields> fields_of(const IdentityHeaders::Names& names) {
  return {{{"user_header", names.user},
           {"groups_header", names.groups},
           {"email_header", names.email},
           {"name_header", names.name}}};
}

std::string in_quotes(std::string_view text) {
  return "'" + std::string(text) + "'";
}

}  // namespace

Result<void> IdentityHeaders::check(const Names& names) {
  const auto fields = fields_of(names);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto& [key, header] = fields[i];
    if (header.empty()) continue;
    const auto problem = problem_with_name(header);
    const bool shown = ascii::token(header) && header.size() <= 256;
    if (!problem.empty()) {
      return Error{"http." + std::string(key) + ": " + (shown ? in_quotes(header) : "the value") + " " + problem};
    }
    for (std::size_t other = 0; other < i; ++other) {
      if (!folds_to(header, folded(fields[other].header))) continue;
      return Error{"http." + std::string(key) + ": " + in_quotes(header) + " is the same name as http." +
                   std::string(fields[other].key) + "; give each its own, or \"\" to leave one out"};
    }
  }
  if (names.forward_groups.size() > max_patterns) {
    return Error{"http.forward_groups: at most " + std::to_string(max_patterns) + " patterns"};
  }
  for (const auto& pattern : names.forward_groups) {
    if (!pattern.empty() && pattern.size() <= max_pattern_size) continue;
    return Error{"http.forward_groups: a pattern has 1 to " + std::to_string(max_pattern_size) + " bytes"};
  }
  return {};
}

IdentityHeaders::IdentityHeaders(Names names) : names_(std::move(names)), usable_(check(names_).ok()) {
  for (const auto& field : fields_of(names_)) {
    if (!field.header.empty() && !commonly_believed(field.header)) folded_.push_back(folded(field.header));
  }
}

bool IdentityHeaders::is_protected(std::string_view name) const noexcept {
  return commonly_believed(name) ||
         std::any_of(folded_.begin(), folded_.end(), [&](const auto& own) { return folds_to(name, own); });
}

std::optional<std::vector<std::pair<std::string, std::string>>> IdentityHeaders::make(const Identity& identity) const {
  if (!usable_) return std::nullopt;
  std::array<char, max_size> memory;
  const auto fields = write_fields(names_, OwnIdentity(identity), memory);
  if (!fields) return std::nullopt;
  std::vector<std::pair<std::string, std::string>> out;
  out.reserve(fields->count);
  for (std::size_t i = 0; i < fields->count; ++i) out.emplace_back(fields->items[i].first, fields->items[i].second);
  return out;
}

}  // namespace gatehouse::http
