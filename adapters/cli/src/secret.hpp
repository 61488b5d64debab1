// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Memory for a password: of fixed size, so that no copy is left behind when it grows, and wiped at its end.
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include <gatehouse/request.hpp>

namespace gatehouse::cli {

class Secret {
 public:
  Secret() : bytes_(std::make_unique<Bytes>()) {}
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  Secret& operator=(Secret&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() {
    if (bytes_) explicit_bzero(bytes_->data(), bytes_->size());
  }

  /// False when it is full.
  [[nodiscard]] bool add(char c) noexcept {
    if (size_ == bytes_->size()) return false;
    (*bytes_)[size_++] = c;
    return true;
  }
  void drop_last() noexcept { --size_; }
  [[nodiscard]] std::string_view view() const noexcept {
    return bytes_ ? std::string_view(bytes_->data(), size_) : std::string_view();
  }

 private:
  using Bytes = std::array<char, max_password_size + 2>;  // room for a line end
  std::unique_ptr<Bytes> bytes_;
  std::size_t size_ = 0;
};

}  // namespace gatehouse::cli
