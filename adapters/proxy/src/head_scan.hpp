// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Finds the end of a header section while its bytes arrive, and refuses what no parser behind it should have to judge:
/// bare CR, bare LF, NUL and other controls, folded lines, more lines or bytes than allowed.
///
/// Rationale: Beast joins folded lines and looks for line ends only where it expects them (RFC 9112, 2.2 and 5.2). The
/// outcome here does not depend on how the bytes were cut into pieces.
#include <cstddef>
#include <string_view>

namespace gatehouse::proxy {

struct HeadLimits {
  std::size_t head = 32 * 1024;
  std::size_t first_line = 8 * 1024 + 64;
  std::size_t fields = 100;
};

class HeadScan {
 public:
  enum class State { more, complete, bad, first_line_too_long, too_large };

  explicit HeadScan(HeadLimits limits = {}) noexcept : limits_(limits) {}

  /// `bytes` is everything of this message so far; work done before is not repeated.
  [[nodiscard]] State scan(std::string_view bytes) noexcept;

  /// When complete: where the start line begins (one empty line before it is skipped) and where the section ends.
  [[nodiscard]] std::size_t begin() const noexcept { return begin_; }
  [[nodiscard]] std::size_t end() const noexcept { return position_; }

  void reset() noexcept { *this = HeadScan(limits_); }

 private:
  HeadLimits limits_;
  std::size_t position_ = 0;
  std::size_t line_ = 0;
  std::size_t begin_ = 0;
  std::size_t lines_ = 0;
};

}  // namespace gatehouse::proxy
