// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Collects everything wrong with a configuration, so that an operator mends it in one go.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/result.hpp>

namespace gatehouse::config {

/// Where a value was written. Of a URI `line` is 0 and `file` its scheme, or "SCHEME (backend N)" if there are more.
struct Location {
  std::string file;
  std::uint32_t line = 0;
  std::string key;  ///< "backends.staff.file"
};

class Problems {
 public:
  /// Adds "file:line: key: text". `text` says what is wrong and what to do; it never holds a secret's value.
  void add(const Location& where, std::string_view text);
  /// Past `limit` problems the rest is only counted; loops over many things stop when full().
  static constexpr std::size_t limit = 100;
  [[nodiscard]] bool full() const noexcept { return messages_.size() >= limit; }
  [[nodiscard]] bool empty() const noexcept { return messages_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return messages_.size(); }
  [[nodiscard]] Error to_error() const;

 private:
  std::vector<std::string> messages_;
  std::size_t dropped_ = 0;
};

/// `; did you mean "word"?` if one of `known` is close enough to `word`, otherwise the list of them if it is short.
[[nodiscard]] std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace gatehouse::config
