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

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

/// Walks over the text as far as needed to know what is inside of quotes and comments. What it makes of a text that is
/// not TOML does not matter: the parser stops where that begins.
class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  /// Runs to the end, or to the first fault. Returns what is wrong there, or nothing.
  std::string_view run() {
    while (at_ < text_.size()) {
      const std::string_view fault = step();
      if (!fault.empty()) return fault;
    }
    return {};
  }

  [[nodiscard]] std::size_t at() const noexcept { return at_; }

 private:
  std::string_view step() {
    const char c = text_[at_];
    if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
      return {};
    }
    if (c == '"' || c == '\'') return skip_string();
    if (!is_ascii(c)) return "holds a letter beyond ASCII outside of quotes; put the text or key into quotes";
    if (c == '[' || c == '{') {
      ++brackets_;
    } else if ((c == ']' || c == '}') && brackets_ > 0) {
      --brackets_;
    }
    if (c == '.') {
      ++dots_;
    } else if (std::string_view("[]{}=,\n").find(c) != std::string_view::npos) {
      dots_ = 0;
    }
    if (brackets_ > max_toml_depth || dots_ > max_toml_depth) return "nests too deep";
    ++at_;
    return {};
  }

  std::string_view skip_string() {
    const char quote = text_[at_];
    if (at_ > 0 && std::string_view(" \t\r\n=[{,.").find(text_[at_ - 1]) == std::string_view::npos) {
      return "has a quote where no text can begin";
    }
    const std::string_view three = quote == '"' ? "\"\"\"" : "'''";
    const bool multi_line = text_.substr(at_, 3) == three;
    at_ += multi_line ? 3 : 1;
    while (at_ < text_.size()) {
      if (text_[at_] == '\\' && quote == '"') {
        if (multi_line && !continues_in_ascii()) {
          return "has a backslash before a letter beyond ASCII; write the text without breaking its line there";
        }
        at_ = std::min(at_ + 2, text_.size());
      } else if (text_[at_] != quote) {
        if (text_[at_] == '\n' && !multi_line) return {};
        ++at_;
      } else if (!multi_line) {
        ++at_;
        return {};
      } else if (text_.substr(at_, 3) == three) {
        at_ += 3;  // up to two quotes may stand right before the closing three
        for (int more = 0; more < 2 && at_ < text_.size() && text_[at_] == quote; ++more) ++at_;
        return {};
      } else {
        ++at_;
      }
    }
    return {};
  }

  /// Whether what follows the backslash here, and the blanks after it, is ASCII.
  [[nodiscard]] bool continues_in_ascii() const {
    const std::size_t next = text_.find_first_not_of(" \t\r\n", at_ + 1);
    return next == std::string_view::npos || is_ascii(text_[next]);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t brackets_ = 0;
  std::size_t dots_ = 0;
};

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
  Scan scan(text);
  const std::string_view fault = scan.run();
  return fault.empty() || refuse(scan.at(), fault);
}

}  // namespace gatehouse::config
