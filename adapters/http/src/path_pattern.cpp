// SPDX-License-Identifier: Apache-2.0
#include "path_pattern.hpp"

#include <algorithm>

#include "ascii.hpp"
#include "group_pattern.hpp"
#include "judged_path.hpp"

namespace gatehouse::http {
namespace {

constexpr std::string_view any_segments = "**";

Error wrong(std::string_view text, std::string_view why) {
  std::string message = "\"";
  message.append(text).append("\" ").append(why);
  return Error{message};
}

bool has_escape(std::string_view segment) noexcept {
  constexpr std::string_view hex = "0123456789abcdefABCDEF";
  for (auto at = segment.find('%'); at != std::string_view::npos; at = segment.find('%', at + 1)) {
    const auto digits = segment.substr(at + 1, 2);
    if (digits.size() == 2 && digits.find_first_not_of(hex) == std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

Result<PathPattern> read_path_pattern(std::string_view text, bool ignore_case) {
  if (text.size() > JudgedPath::max_size) return Error{"is longer than a path can be"};
  if (text.empty() || text.front() != '/') return wrong(text, "does not begin with /");
  PathPattern pattern;
  auto rest = text.substr(1);
  while (!rest.empty()) {
    const auto end = rest.find('/');
    const auto segment = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (segment.empty()) return wrong(text, "has two / in a row; such paths are always refused");
    if (!is_plain_segment(segment)) {
      return wrong(text,
                   "can match nothing: paths with \".\" or \"..\" as a segment, with \\ ; ? # or a control character, "
                   "or with a space at the end of a segment are always refused");
    }
    if (has_escape(segment)) return wrong(text, "is written with escapes; write what they stand for");
    if (segment != any_segments && segment.find(any_segments) != std::string_view::npos) {
      return wrong(text, "has ** inside of a segment; it stands alone between two /");
    }
    // "**" twice in a row is "**".
    if (segment == any_segments && !pattern.empty() && pattern.back() == any_segments) continue;
    pattern.emplace_back(segment);
    if (ignore_case) std::transform(segment.begin(), segment.end(), pattern.back().begin(), ascii::lower);
  }
  if (pattern.size() > JudgedPath::max_segments) return wrong(text, "has more segments than a path can have");
  return pattern;
}

bool matches(std::span<const std::string> pattern, std::span<const std::string_view> path) noexcept {
  constexpr auto none = static_cast<std::size_t>(-1);
  std::size_t p = 0;
  std::size_t s = 0;
  std::size_t star = none;  // the last "**" met, and where the path stood then
  std::size_t resume = 0;
  while (s < path.size()) {
    if (p < pattern.size() && pattern[p] == any_segments) {
      star = p++;
      resume = s;
    } else if (p < pattern.size() && matches(pattern[p], path[s])) {
      ++p;
      ++s;
    } else if (star != none) {
      p = star + 1;
      s = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == any_segments) ++p;
  return p == pattern.size();
}

/// A table by rows instead of recursion: patterns come from files, and files may be odd.
bool covers(std::span<const std::string> outer, std::span<const std::string> inner) {
  const auto last_differs = [&] {
    if (outer.empty() || inner.empty() || outer.back() == any_segments || inner.back() == any_segments) return false;
    return !matches(outer.back(), inner.back());
  };
  if (last_differs()) return false;  // most pairs of a long list
  // row[i]: whether outer from o on covers inner from i on.
  std::vector<char> row(inner.size() + 1, 0);
  row[inner.size()] = 1;
  for (std::size_t o = outer.size(); o-- > 0;) {
    std::vector<char> next(inner.size() + 1, 0);
    const bool any = outer[o] == any_segments;
    if (any) next[inner.size()] = row[inner.size()];
    for (std::size_t i = inner.size(); i-- > 0;) {
      if (any) {
        next[i] = row[i] != 0 || next[i + 1] != 0 ? 1 : 0;
      } else if (inner[i] != any_segments && matches(outer[o], inner[i])) {
        next[i] = row[i + 1];
      }
    }
    row.swap(next);
  }
  return row[0] != 0;
}

std::size_t literal_prefix(const PathPattern& pattern) noexcept {
  const auto end = std::find_if(pattern.begin(), pattern.end(),
                                [](const std::string& segment) { return segment.find('*') != std::string::npos; });
  return static_cast<std::size_t>(end - pattern.begin());
}

}  // namespace gatehouse::http
