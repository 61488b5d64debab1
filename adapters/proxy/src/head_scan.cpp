// SPDX-License-Identifier: Apache-2.0
#include "head_scan.hpp"

#include <array>

namespace gatehouse::proxy {

namespace {

/// Everything but controls; HTAB counts as text.
constexpr std::array<bool, 256> text_bytes = [] {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = (i >= 0x20 && i != 0x7f) || i == '\t';
  return table;
}();

}  // namespace

HeadScan::State HeadScan::scan(std::string_view bytes) noexcept {
  while (position_ < bytes.size()) {
    const char c = bytes[position_];
    if (text_bytes[static_cast<unsigned char>(c)]) {
      if (position_ == line_ && lines_ > 0 && (c == ' ' || c == '\t')) return State::bad;
      ++position_;
      continue;
    }
    if (c != '\r') return State::bad;
    if (position_ + 1 == bytes.size()) break;
    if (bytes[position_ + 1] != '\n') return State::bad;
    const bool empty = position_ == line_;
    if (lines_ == 0 && position_ - line_ > limits_.first_line) return State::first_line_too_long;
    position_ += 2;
    line_ = position_;
    if (position_ - begin_ > limits_.head) return State::too_large;
    if (empty && lines_ > 0) return State::complete;
    if (empty) {
      if (begin_ > 0) return State::bad;
      begin_ = position_;
      continue;
    }
    if (++lines_ > limits_.fields + 1) return State::too_large;
  }
  if (lines_ == 0 && bytes.size() - line_ > limits_.first_line) return State::first_line_too_long;
  return bytes.size() - begin_ >= limits_.head ? State::too_large : State::more;
}

}  // namespace gatehouse::proxy
