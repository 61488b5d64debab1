// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the service manager left in the environment.
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string>

namespace gatehouse::cli {

/// The value of a variable, which is then gone: no child shall act on it. Empty if there was none. Call it before any
/// other thread is there.
[[nodiscard]] inline std::string take_variable(const char* name) {
  const char* const value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  unsetenv(name);
  return text;
}

template <typename Number>
[[nodiscard]] std::optional<Number> number(const std::string& text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace gatehouse::cli
