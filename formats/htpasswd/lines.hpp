// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A password file cut into its lines. Whoever reads one goes by this, so that all see the same lines.
#include <cstddef>
#include <optional>
#include <string_view>

namespace gatehouse::htpasswd {

/// The byte order mark (UTF-8) that `file` begins with, which is no part of its first line; empty if there is none.
[[nodiscard]] std::string_view byte_order_mark(std::string_view file) noexcept;

class Lines {
 public:
  explicit Lines(std::string_view file) noexcept : rest_(file) {}

  struct Piece {
    std::size_t number = 0;     ///< from 1
    std::string_view mark{};    ///< the file's, before its first line
    std::string_view text{};    ///< as parse_line() takes it
    std::string_view ending{};  ///< "\n", or empty at the end of the file
    /// All three, as they stand in the file.
    [[nodiscard]] std::string_view whole() const noexcept;
  };
  /// nullopt: that was the last.
  [[nodiscard]] std::optional<Piece> next() noexcept;

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

}  // namespace gatehouse::htpasswd
