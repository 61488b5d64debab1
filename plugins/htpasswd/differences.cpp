// SPDX-License-Identifier: Apache-2.0
#include "differences.hpp"

#include <algorithm>
#include <string_view>

namespace gatehouse::htpasswd {
namespace {

/// The parts of two record texts that are left when whole equal records are taken off at both ends.
struct Middle {
  std::size_t begin;
  std::size_t before_end;
  std::size_t after_end;
};

Middle middle_of(std::string_view before, std::string_view after) noexcept {
  const auto differ = std::mismatch(before.begin(), before.end(), after.begin(), after.end()).first;
  const auto same = static_cast<std::size_t>(differ - before.begin());
  const std::size_t newline = same == 0 ? std::string_view::npos : before.rfind('\n', same - 1);
  const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;

  const std::size_t room = std::min(before.size(), after.size()) - begin;
  std::size_t tail = 0;
  while (tail < room && before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) ++tail;
  // The tail may begin inside a record: its first whole record starts after the first '\n'.
  const std::size_t cut = before.find('\n', before.size() - tail);
  tail = cut == std::string_view::npos ? 0 : before.size() - cut - 1;
  return {begin, before.size() - tail, after.size() - tail};
}

}  // namespace

std::optional<std::vector<std::string>> changed_users(const PasswordTable& before, const PasswordTable& after,
                                                      std::size_t limit) {
  const Middle middle = middle_of(before.records(), after.records());
  std::vector<std::string> result;
  for (std::size_t at = middle.begin; at < middle.before_end;) {
    const auto account = before.next(at);
    if (!account || after.find(account->user) == account) continue;
    if (result.size() == limit) return std::nullopt;
    result.emplace_back(account->user);
  }
  for (std::size_t at = middle.begin; at < middle.after_end;) {
    const auto account = after.next(at);
    if (!account || before.find(account->user)) continue;
    if (result.size() == limit) return std::nullopt;
    result.emplace_back(account->user);
  }
  return result;
}

std::optional<std::vector<std::string>> changed_members(const GroupTable& before, const GroupTable& after,
                                                        std::size_t limit) {
  std::vector<std::string> result;
  if (before.text() == after.text()) return result;
  for (const std::string_view user : before.users()) {
    if (before.groups_of(user) == after.groups_of(user)) continue;
    if (result.size() == limit) return std::nullopt;
    result.emplace_back(user);
  }
  for (const std::string_view user : after.users()) {
    if (after.groups_of(user).empty() || !before.groups_of(user).empty()) continue;
    if (result.size() == limit) return std::nullopt;
    result.emplace_back(user);
  }
  return result;
}

}  // namespace gatehouse::htpasswd
