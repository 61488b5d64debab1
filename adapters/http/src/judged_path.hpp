// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The one reading of a request's path that rules are judged on.
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace gatehouse::http {

/// The decoded segments of a path. Every way of writing that some program would read as another path is refused, so
/// that all who decode once, twice or not at all, who resolve dots or cut parameters off, come to the same segments.
class JudgedPath {
 public:
  static constexpr std::size_t max_size = 8192;
  static constexpr std::size_t max_segments = 128;

  JudgedPath() noexcept {}  // NOLINT(modernize-use-equals-default): the buffer is left unwritten
  JudgedPath(const JudgedPath&) = delete;
  JudgedPath& operator=(const JudgedPath&) = delete;

  /// `target` is path and query, or "*", which has no segments and is no path. Empty: read. Otherwise why not, as one
  /// fixed sentence.
  [[nodiscard]] std::string_view read(std::string_view target, bool ignore_case) noexcept;

  /// Without an empty last one: "/a/" and "/a" are one path.
  [[nodiscard]] std::span<const std::string_view> segments() const noexcept { return {segments_.data(), count_}; }
  [[nodiscard]] bool is_path() const noexcept { return is_path_; }

 private:
  [[nodiscard]] bool decode(std::string_view path, bool ignore_case, std::size_t& size) noexcept;

  std::array<char, max_size> decoded_;
  std::array<std::string_view, max_segments> segments_;
  std::size_t count_ = 0;
  bool is_path_ = false;
};

/// Whether a decoded segment could stand in a JudgedPath.
[[nodiscard]] bool is_plain_segment(std::string_view segment) noexcept;

}  // namespace gatehouse::http
