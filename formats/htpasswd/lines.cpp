// SPDX-License-Identifier: Apache-2.0
#include "lines.hpp"

namespace gatehouse::htpasswd {

std::string_view byte_order_mark(std::string_view file) noexcept {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  return file.starts_with(mark) ? file.substr(0, mark.size()) : std::string_view();
}

std::string_view Lines::Piece::whole() const noexcept {
  const auto* begin = mark.empty() ? text.data() : mark.data();
  return {begin, mark.size() + text.size() + ending.size()};
}

std::optional<Lines::Piece> Lines::next() noexcept {
  if (rest_.empty()) return std::nullopt;
  Piece piece{.number = ++number_};
  if (number_ == 1) piece.mark = byte_order_mark(rest_);
  rest_.remove_prefix(piece.mark.size());
  const std::size_t end = rest_.find('\n');
  piece.text = rest_.substr(0, end);
  piece.ending = end == std::string_view::npos ? std::string_view() : rest_.substr(end, 1);
  rest_.remove_prefix(piece.text.size() + piece.ending.size());
  return piece;
}

}  // namespace gatehouse::htpasswd
