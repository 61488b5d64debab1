// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A value, or one sentence that says why there is none. The sentence never holds a secret, a token or a piece of one.
#include <string>
#include <utility>
#include <variant>

namespace gatehouse::oidc {

struct Problem {
  std::string text;
};

template <class T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  Outcome(Problem problem) : held_(std::in_place_index<1>, std::move(problem)) {}

  [[nodiscard]] explicit operator bool() const noexcept { return held_.index() == 0; }
  [[nodiscard]] T& operator*() { return std::get<0>(held_); }
  [[nodiscard]] const T& operator*() const { return std::get<0>(held_); }
  [[nodiscard]] T* operator->() { return &std::get<0>(held_); }
  [[nodiscard]] const T* operator->() const { return &std::get<0>(held_); }
  [[nodiscard]] const std::string& problem() const { return std::get<1>(held_).text; }

 private:
  std::variant<T, Problem> held_;
};

}  // namespace gatehouse::oidc
