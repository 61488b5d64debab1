// SPDX-License-Identifier: Apache-2.0
#include "escape.hpp"

#include "utf8.hpp"

namespace gatehouse::http {
namespace {

/// Characters that show nothing themselves and change how the rest is read.
bool misleading(char32_t c) noexcept {
  const bool control = c < 0x20 || (c >= 0x7F && c <= 0x9F);
  const bool line_end = c == 0x2028 || c == 0x2029;
  const bool direction = c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  return control || line_end || direction;
}

}  // namespace

std::string printable(std::string_view text, std::size_t max_size) {
  std::string out;
  while (!text.empty()) {
    const auto point = first_code_point(text);
    const bool valid = point.size != 0;
    const auto taken = valid ? text.substr(0, point.size) : std::string_view("?");
    text.remove_prefix(valid ? point.size : 1);
    if (valid && misleading(point.value)) continue;
    if (out.size() + taken.size() > max_size) break;
    out += taken;
  }
  return out;
}

void append_html(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

void append_json(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\u00";
      out += hex[byte >> 4];
      out += hex[byte & 0x0F];
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace gatehouse::http
