// SPDX-License-Identifier: Apache-2.0
#pragma once
/// A text that is wiped at its end.
#include <string.h>

#include <string>
#include <string_view>
#include <utility>

namespace gatehouse::ldap {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) : text_(text) {}
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept { *this = std::move(other); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      text_.swap(other.text_);
      other.wipe();
    }
    return *this;
  }
  ~Secret() { wipe(); }

  [[nodiscard]] std::string_view view() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

 private:
  /// With what is behind the text: a swap leaves a short one there.
  void wipe() noexcept {
    text_.resize(text_.capacity());
    explicit_bzero(text_.data(), text_.size());
    text_.clear();
  }
  std::string text_;
};

}  // namespace gatehouse::ldap
