// SPDX-License-Identifier: Apache-2.0
// A whole password file, cut into pieces by its first byte: the table holds what a plain reading of the lines finds.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include <differences.hpp>
#include <htpasswd/hash_shape.hpp>
#include <password_table.hpp>

namespace {
using namespace gatehouse::htpasswd;

void require(bool holds) {
  if (!holds) std::abort();
}

PasswordTable build(std::string_view text, std::size_t piece, const Policy& policy) {
  PasswordTableBuilder builder(policy, text.size());
  while (!text.empty()) {
    builder.add(text.substr(0, piece));
    text.remove_prefix(std::min(piece, text.size()));
  }
  return builder.finish();
}

std::map<std::string, std::string, std::less<>> plain_reading(std::string_view text) {
  std::map<std::string, std::string, std::less<>> users;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const Line line = parse_line(text.substr(0, end));
    if (line.kind == LineKind::entry) users.emplace(line.user, line.hash);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return users;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = std::size_t{data[0]} + 1;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Policy policy{.allow_plain = true, .allow_des = true};
  const PasswordTable table = build(text, piece, policy);
  const auto expected = plain_reading(text);

  require(table.size() == expected.size());
  require(table.records().size() <= text.size() + 1);
  for (const auto& [user, hash] : expected) {
    const auto account = table.find(user);
    require(account && account->user == user && account->scheme == shape_of(hash, policy).scheme);
    require(account->hash == (is_usable(account->scheme) ? std::string_view(hash) : std::string_view()));
  }
  require(!table.find(text) || expected.contains(text));
  std::size_t walked = 0;
  std::size_t position = 0;
  while (table.next(position)) ++walked;
  require(walked == expected.size());

  // Half of it, against all of it: each user in one only is a difference.
  const PasswordTable half = build(text.substr(0, text.size() / 2), 1000, policy);
  const auto changed = changed_users(half, table, text.size());
  require(changed.has_value() && changed->size() >= table.size() - std::min(half.size(), table.size()));
  for (const std::string& user : *changed) require(half.find(user) != table.find(user));
  return 0;
}
