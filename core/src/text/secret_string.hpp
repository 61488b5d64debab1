// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Text that must not outlive its use: wiped when it goes. Not copyable, not printable.
#include <cstddef>
#include <memory>
#include <string_view>

namespace gatehouse::text {

class SecretString {
 public:
  SecretString() = default;
  explicit SecretString(std::string_view text);
  ~SecretString();
  SecretString(SecretString&& other) noexcept;
  SecretString& operator=(SecretString&& other) noexcept;
  SecretString(const SecretString&) = delete;
  SecretString& operator=(const SecretString&) = delete;

  [[nodiscard]] std::string_view view() const noexcept { return {data_.get(), size_}; }

 private:
  void wipe() noexcept;
  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
};

}  // namespace gatehouse::text
