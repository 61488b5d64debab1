// SPDX-License-Identifier: Apache-2.0
#include "config/toml_limits.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "text/utf8.hpp"

namespace gatehouse::config {
namespace {

std::uint32_t line_of(std::string_view text, std::size_t at) {
  return 1 + static_cast<std::uint32_t>(
                 std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(at, text.size())), '\n'));
}

/// The end of the string whose quotes begin at `at`. What it makes of a broken string does not matter: the parser
/// stops there.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const std::string_view three = quote == '"' ? "\"\"\"" : "'''";
  const bool multi_line = text.substr(at, 3) == three;
  std::size_t i = at + (multi_line ? 3 : 1);
  while (i < text.size()) {
    if (text[i] == '\\' && quote == '"') {
      i += 2;
    } else if (text[i] != quote) {
      if (text[i] == '\n' && !multi_line) return i;
      ++i;
    } else if (!multi_line) {
      return i + 1;
    } else if (text.substr(i, 3) == three) {
      i += 3;  // up to two quotes may stand right before the closing three
      while (i < text.size() && text[i] == quote) ++i;
      return i;
    } else {
      ++i;
    }
  }
  return text.size();
}

/// The first place where brackets or the parts of a key nest too deep; the text's size if there is none.
std::size_t find_too_deep(std::string_view text) {
  std::size_t brackets = 0;
  std::size_t dots = 0;
  for (std::size_t i = 0; i < text.size();) {
    switch (text[i]) {
      case '#':
        i = std::min(text.find('\n', i), text.size());
        continue;
      case '"':
      case '\'':
        i = end_of_string(text, i);
        continue;
      case '[':
      case '{':
        ++brackets;
        dots = 0;
        break;
      case ']':
      case '}':
        brackets -= brackets > 0 ? 1 : 0;
        dots = 0;
        break;
      case '.':
        ++dots;
        break;
      case '=':
      case ',':
      case '\n':
        dots = 0;
        break;
      default:
        break;
    }
    if (brackets > max_toml_depth || dots > max_toml_depth) return i;
    ++i;
  }
  return text.size();
}

std::size_t find_not_utf8(std::string_view text) {
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (!text::is_utf8(text.substr(start, end - start))) return start;
    start = end + 1;
  }
  return text.size();
}

}  // namespace

bool within_toml_limits(std::string_view text, const std::string& file, Problems& problems) {
  const auto refuse = [&](std::size_t at, std::string_view what) {
    problems.add(Location{file, line_of(text, at), {}}, what);
    return false;
  };
  if (text.size() > max_toml_size) {
    problems.add(Location{file, 0, {}}, "is larger than 1MiB");
    return false;
  }
  if (const auto at = text.find('\0'); at != std::string_view::npos) {
    return refuse(at, "holds a NUL byte; a configuration is UTF-8 text");
  }
  if (const auto at = find_not_utf8(text); at != text.size()) {
    return refuse(at, "is not UTF-8; save the file in that encoding");
  }
  if (const auto at = find_too_deep(text); at != text.size()) return refuse(at, "nests too deep");
  return true;
}

}  // namespace gatehouse::config
