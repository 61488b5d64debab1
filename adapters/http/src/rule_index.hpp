// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Finds the patterns that could match a path without looking at all of them: a tree by their first segments, up to the
/// first wildcard.
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "path_pattern.hpp"

namespace gatehouse::http {

class RuleIndex {
 public:
  struct Entry {
    std::uint32_t rule = 0;
    std::vector<std::string> rest;  ///< of the pattern, after the segments that lead here
  };

  /// Rules are added in their order.
  void add(std::uint32_t rule, const PathPattern& pattern);

  /// Calls `visit(entry)` for the entries along `path`, those of one node in the order of their rules, and goes on to
  /// the next node when it says false.
  template <typename Visit>
  void walk(std::span<const std::string_view> path, Visit visit) const {
    std::uint32_t at = 0;
    for (std::size_t depth = 0;; ++depth) {
      for (const auto& entry : nodes_[at].entries) {
        if (!visit(entry, depth)) break;
      }
      if (depth == path.size()) return;
      const auto next = nodes_[at].below.find(path[depth]);
      if (next == nodes_[at].below.end()) return;
      at = next->second;
    }
  }

 private:
  struct Node {
    std::map<std::string, std::uint32_t, std::less<>> below;
    std::vector<Entry> entries;
  };
  std::vector<Node> nodes_{1};
};

}  // namespace gatehouse::http
