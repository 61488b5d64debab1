// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What was wrong in a file, by line: the first few in words, the rest as a count.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::htpasswd {

class Problems {
 public:
  static constexpr std::size_t kInWords = 20;

  /// `text` never holds a part of the line beyond its user name.
  void add(std::size_t line, std::string_view text) {
    if (++count_ <= kInWords) words_.push_back("line " + std::to_string(line) + ": " + std::string(text));
  }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] const std::vector<std::string>& words() const noexcept { return words_; }

 private:
  std::size_t count_ = 0;
  std::vector<std::string> words_;
};

}  // namespace gatehouse::htpasswd
