// SPDX-License-Identifier: Apache-2.0
#include "passwd_lines.hpp"

#include <htpasswd/line.hpp>
#include <htpasswd/lines.hpp>

namespace gatehouse::cli {
namespace {

using htpasswd::Lines;

std::string_view end_of(const Lines::Piece& line) {
  return line.text.ends_with('\r') && !line.ending.empty() ? "\r\n" : "\n";
}

bool is_kept(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  return first == std::string_view::npos || text[first] == '#';
}

bool is_of(std::string_view text, std::string_view user) {
  return text.size() > user.size() && text[user.size()] == ':' && text.starts_with(user) && !is_kept(text);
}

}  // namespace

std::optional<std::size_t> first_foreign_line(std::string_view text) {
  Lines lines(text);
  while (const auto line = lines.next()) {
    if (!is_kept(line->text) && line->text.find(':') == std::string_view::npos) return line->number;
  }
  return std::nullopt;
}

std::optional<std::string_view> hash_of(std::string_view text, std::string_view user) {
  Lines lines(text);
  while (const auto line = lines.next()) {
    if (is_of(line->text, user)) return htpasswd::parse_line(line->text).hash;
  }
  return std::nullopt;
}

std::string with_record(std::string_view text, std::string_view user, std::string_view record) {
  std::string result;
  result.reserve(text.size() + record.size() + 2);  // grows once, so that no copy stays behind
  bool found = false;
  std::string_view ending = "\n";
  Lines lines(text);
  while (const auto line = lines.next()) {
    ending = end_of(*line);
    if (is_of(line->text, user)) {
      found = true;
      result.append(line->mark).append(record).append(ending);
    } else {
      result.append(line->whole());
    }
  }
  if (found) return result;
  const bool open = !result.empty() && result.back() != '\n' && result != htpasswd::byte_order_mark(text);
  if (open) result.append(ending);
  return result.append(record).append(ending);
}

std::string without_user(std::string_view text, std::string_view user) {
  std::string result;
  result.reserve(text.size());
  Lines lines(text);
  while (const auto line = lines.next()) result.append(is_of(line->text, user) ? line->mark : line->whole());
  return result;
}

}  // namespace gatehouse::cli
