// SPDX-License-Identifier: Apache-2.0
#include "judged_path.hpp"

#include <algorithm>

#include "ascii.hpp"
#include "utf8.hpp"

namespace gatehouse::http {
namespace {

constexpr std::string_view two_ways = "The path is written in a way that can be read as another path.";

constexpr std::array<bool, 256> visible_without(std::string_view refused) {
  std::array<bool, 256> table{};
  for (std::size_t i = 0x21; i < 0x7f; ++i) table[i] = refused.find(static_cast<char>(i)) == std::string_view::npos;
  return table;
}
constexpr auto path_bytes = visible_without("\"#;<>\\`{}");
constexpr auto query_bytes = visible_without("\"#<>");

bool all_in(std::string_view text, const std::array<bool, 256>& table) noexcept {
  return std::all_of(text.begin(), text.end(), [&](char c) { return table[static_cast<unsigned char>(c)]; });
}

int hex(char c) noexcept {
  if (ascii::digit(c)) return c - '0';
  const char low = ascii::lower(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/// The byte that the two digits after a '%' at `at` stand for; -1: none follow.
int escaped(std::string_view text, std::size_t at) noexcept {
  if (text.size() < at + 3) return -1;
  const int high = hex(text[at + 1]);
  const int low = hex(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// Delimiters that stand for themselves here and for something else to who decodes once more or earlier, and bytes
/// that need no escape: who escapes them hides something from whoever does not decode.
bool may_be_escaped(int byte) noexcept {
  if (byte < 0x20 || byte == 0x7f) return false;
  const char c = static_cast<char>(byte);
  return byte >= 0x80 || (std::string_view("/\\;?#.").find(c) == std::string_view::npos && !ascii::alphanumeric(c));
}

}  // namespace

bool is_plain_segment(std::string_view segment) noexcept {
  if (segment.empty() || segment.front() == ' ' || segment.back() == ' ') return false;
  if (segment.find_first_not_of('.') == std::string_view::npos) return false;
  return std::none_of(segment.begin(), segment.end(),
                      [](char c) {
                        return ascii::control(c) || std::string_view("/\\;?#").find(c) != std::string_view::npos;
                      }) &&
         valid_utf8(segment);
}

bool JudgedPath::decode(std::string_view path, bool ignore_case, std::size_t& size) noexcept {
  size = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    char c = path[i];
    if (c == '%') {
      const int byte = escaped(path, i);
      if (byte < 0 || !may_be_escaped(byte)) return false;
      // An escaped '%' before two digits is an escape to who decodes twice.
      if (byte == '%' && path.size() >= i + 5 && hex(path[i + 3]) >= 0 && hex(path[i + 4]) >= 0) return false;
      c = static_cast<char>(byte);
      i += 2;
    }
    decoded_[size++] = ignore_case ? ascii::lower(c) : c;
  }
  return true;
}

std::string_view JudgedPath::read(std::string_view target, bool ignore_case) noexcept {
  count_ = 0;
  is_path_ = false;
  if (target == "*") return {};
  const auto query = target.find('?');
  const auto path = target.substr(0, query);
  if (path.empty() || path.front() != '/') return "The request target is not a path.";
  if (path.size() > max_size) return "The path is too long.";
  if (query != std::string_view::npos && !all_in(target.substr(query + 1), query_bytes)) {
    return "The query holds a character that has to be escaped.";
  }
  std::size_t size = 0;
  if (!all_in(path, path_bytes) || !decode(path, ignore_case, size)) return two_ways;
  std::string_view rest(decoded_.data() + 1, size - 1);
  while (!rest.empty()) {
    const auto end = rest.find('/');
    const auto segment = rest.substr(0, end);
    if (!is_plain_segment(segment)) return two_ways;
    if (count_ == max_segments) return "The path has too many segments.";
    segments_[count_++] = segment;
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  is_path_ = true;
  return {};
}

}  // namespace gatehouse::http
