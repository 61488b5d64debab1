// SPDX-License-Identifier: Apache-2.0
#include "framing.hpp"

#include <boost/beast/http/field.hpp>
#include <limits>

#include "ascii.hpp"

namespace gatehouse::proxy {

namespace {

using boost::beast::http::field;

constexpr std::size_t max_connection_tokens = 32;

bool read_length(std::string_view text, std::uint64_t& length) noexcept {
  if (text.empty() || text.size() > 19) return false;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  length = value;
  return value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
}

/// Only spaces may surround it: the byte after is the line's CR, and no tab stands before.
bool is_exactly_chunked(std::string_view value) noexcept {
  return iequals(value, "chunked") && *(value.data() + value.size()) == '\r' && *(value.data() - 1) != '\t';
}

}  // namespace

FramingFields read_framing(const Fields& fields, int minor, std::vector<std::string_view>& nominated) {
  FramingFields framing;
  nominated.clear();
  std::size_t tokens = 0;
  for (std::size_t i = 0; i < fields.list.size(); ++i) {
    const auto value = fields.list[i].value;
    switch (static_cast<field>(fields.ids[i])) {
      case field::content_length:
        if (framing.has_length || !read_length(value, framing.length)) return framing;
        framing.has_length = true;
        break;
      case field::transfer_encoding:
        if (framing.chunked || minor < 1 || !is_exactly_chunked(value)) return framing;
        framing.chunked = true;
        break;
      case field::connection: {
        const bool fine = for_each_element(value, [&](std::string_view token) {
          if (++tokens > max_connection_tokens) return false;
          if (token.empty()) return true;
          if (!is_token(token)) return false;
          if (iequals(token, "close")) {
            framing.close = true;
          } else if (iequals(token, "keep-alive")) {
            framing.keep_alive = true;
          } else {
            if (iequals(token, "upgrade")) framing.upgrade = true;
            nominated.push_back(token);
          }
          return true;
        });
        if (!fine) return framing;
        break;
      }
      default:
        break;
    }
  }
  framing.valid = !(framing.chunked && framing.has_length);
  return framing;
}

}  // namespace gatehouse::proxy
