// SPDX-License-Identifier: Apache-2.0
// A group file: every membership that is given out was written, and no user is in a group twice.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <group_file.hpp>
#include <htpasswd/line.hpp>

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::htpasswd;
  const std::string text(reinterpret_cast<const char*>(data), size);
  Problems problems;
  const GroupTable table(text, problems);
  for (const std::string_view user : table.users()) {
    require(is_name(user) && text.find(user) != std::string::npos);
    auto groups = table.groups_of(user);
    require(!groups.empty());
    for (const std::string_view group : groups) require(is_name(group) && text.find(group) != std::string::npos);
    std::sort(groups.begin(), groups.end());
    require(std::adjacent_find(groups.begin(), groups.end()) == groups.end());
  }
  require(table.groups_of(text).empty() || is_name(text));
  return 0;
}
