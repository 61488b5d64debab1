// SPDX-License-Identifier: Apache-2.0
#include "group_file.hpp"

#include <algorithm>
#include <stdexcept>

#include <htpasswd/line.hpp>
#include <htpasswd/lines.hpp>

namespace gatehouse::htpasswd {
namespace {

constexpr std::string_view kSpace = " \t";

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

GroupTable::GroupTable(std::string text, Problems& problems) : text_(std::move(text)) {
  if (text_.size() >= NameIndex::kNone) throw std::length_error("more than 4 GiB of groups");
  Lines lines(text_);
  while (const auto line = lines.next()) {
    auto words = line->text;
    if (words.ends_with('\r')) words.remove_suffix(1);
    add_line(words, line->number, problems);
  }
}

void GroupTable::add_line(std::string_view line, std::size_t number, Problems& problems) {
  line = trimmed(line);
  if (line.empty() || line.front() == '#') return;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return problems.add(number, "no colon between group and users");
  const std::string_view group = trimmed(line.substr(0, colon));
  if (!is_name(group)) {
    return problems.add(number, "the group name is empty, longer than 512 bytes, not UTF-8, or has control characters");
  }
  std::uint32_t group_id = NameIndex::kNone;
  std::size_t bad = 0;
  std::string_view users = line.substr(colon + 1);
  while (!(users = trimmed(users)).empty()) {
    const std::string_view user = users.substr(0, users.find_first_of(kSpace));
    users.remove_prefix(user.size());
    if (!is_name(user)) {
      ++bad;
      continue;
    }
    if (group_id == NameIndex::kNone) group_id = group_number(group);
    add_member(user, group_id);
  }
  if (bad > 0) {
    problems.add(number,
                 std::to_string(bad) + " user name(s) longer than 512 bytes, not UTF-8, or with control characters");
  }
}

std::uint32_t GroupTable::group_number(std::string_view group) {
  const auto name_at = [&](std::uint32_t i) { return view(groups_[i]); };
  const std::uint32_t known = group_index_.find(group, [&](std::uint32_t i) { return name_at(i) == group; });
  if (known != NameIndex::kNone) return known;
  const auto number = static_cast<std::uint32_t>(groups_.size());
  groups_.push_back(name_of(group));
  group_index_.insert(group, number);
  return number;
}

void GroupTable::add_member(std::string_view user, std::uint32_t group) {
  const auto name_at = [&](std::uint32_t i) { return view(users_[i].name); };
  std::uint32_t id = user_index_.find(user, [&](std::uint32_t i) { return name_at(i) == user; });
  if (id == NameIndex::kNone) {
    id = static_cast<std::uint32_t>(users_.size());
    users_.push_back({name_of(user), NameIndex::kNone});
    user_index_.insert(user, id);
  }
  // The same user twice on one line: its last membership is already this one.
  const std::uint32_t last = users_[id].last;
  if (last != NameIndex::kNone && memberships_[last].group == group) return;
  users_[id].last = static_cast<std::uint32_t>(memberships_.size());
  memberships_.push_back({group, last});
}

std::vector<std::string_view> GroupTable::groups_of(std::string_view user) const {
  const std::uint32_t id = user_index_.find(user, [&](std::uint32_t i) { return view(users_[i].name) == user; });
  if (id == NameIndex::kNone) return {};
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t at = users_[id].last; at != NameIndex::kNone; at = memberships_[at].previous) {
    numbers.push_back(memberships_[at].group);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  std::vector<std::string_view> result;
  result.reserve(numbers.size());
  for (const std::uint32_t number : numbers) result.push_back(view(groups_[number]));
  return result;
}

std::vector<std::string_view> GroupTable::users() const {
  std::vector<std::string_view> result;
  result.reserve(users_.size());
  for (const User& user : users_) result.push_back(view(user.name));
  return result;
}

}  // namespace gatehouse::htpasswd
