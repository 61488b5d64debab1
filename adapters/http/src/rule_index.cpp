// SPDX-License-Identifier: Apache-2.0
#include "rule_index.hpp"

namespace gatehouse::http {

void RuleIndex::add(std::uint32_t rule, const PathPattern& pattern) {
  const auto literal = literal_prefix(pattern);
  std::uint32_t at = 0;
  for (std::size_t i = 0; i < literal; ++i) {
    const auto [next, is_new] = nodes_[at].below.try_emplace(pattern[i], static_cast<std::uint32_t>(nodes_.size()));
    at = next->second;
    if (is_new) nodes_.emplace_back();
  }
  nodes_[at].entries.push_back({rule, {pattern.begin() + static_cast<std::ptrdiff_t>(literal), pattern.end()}});
}

}  // namespace gatehouse::http
