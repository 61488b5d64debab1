// SPDX-License-Identifier: Apache-2.0
#include "text/secret_string.hpp"

#include <openssl/crypto.h>

#include <cstring>
#include <utility>

namespace gatehouse::text {

SecretString::SecretString(std::string_view text)
    : data_(std::make_unique<char[]>(text.size() + 1)), size_(text.size()) {
  if (size_ > 0) std::memcpy(data_.get(), text.data(), size_);
}

SecretString::~SecretString() {
  wipe();
}

SecretString::SecretString(SecretString&& other) noexcept
    : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}

SecretString& SecretString::operator=(SecretString&& other) noexcept {
  if (this != &other) {
    wipe();
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

void SecretString::wipe() noexcept {
  if (data_) OPENSSL_cleanse(data_.get(), size_);
  data_.reset();
  size_ = 0;
}

}  // namespace gatehouse::text
