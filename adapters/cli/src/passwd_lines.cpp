// SPDX-License-Identifier: Apache-2.0
#include "passwd_lines.hpp"

#include <htpasswd/line.hpp>

namespace gatehouse::cli {
namespace {

/// The next line with its end, taken off the front of `text`.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end == std::string_view::npos ? end : end + 1);
  text.remove_prefix(line.size());
  return line;
}

std::string_view end_of(std::string_view line) {
  return line.ends_with("\r\n") ? "\r\n" : "\n";
}

bool is_kept(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos || line[first] == '#';
}

bool is_of(std::string_view line, std::string_view user) {
  return line.size() > user.size() && line[user.size()] == ':' && line.starts_with(user) && !is_kept(line);
}

}  // namespace

std::optional<std::size_t> first_foreign_line(std::string_view text) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = take_line(text);
    if (!is_kept(line) && line.find(':') == std::string_view::npos) return number;
  }
  return std::nullopt;
}

std::optional<std::string_view> hash_of(std::string_view text, std::string_view user) {
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (!is_of(line, user)) continue;
    if (line.ends_with('\n')) line.remove_suffix(1);
    return htpasswd::parse_line(line).hash;
  }
  return std::nullopt;
}

std::string with_record(std::string_view text, std::string_view user, std::string_view record) {
  std::string result;
  result.reserve(text.size() + record.size() + 2);  // grows once, so that no copy stays behind
  bool found = false;
  std::string_view ending = "\n";
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    ending = end_of(line);
    if (is_of(line, user)) {
      found = true;
      result.append(record).append(ending);
    } else {
      result.append(line);
    }
  }
  if (found) return result;
  if (!result.empty() && result.back() != '\n') result.append(ending);
  return result.append(record).append(ending);
}

std::string without_user(std::string_view text, std::string_view user) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (!is_of(line, user)) result.append(line);
  }
  return result;
}

}  // namespace gatehouse::cli
