// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Texts that hold a secret for a while, and leave nothing of it behind.
#include <openssl/crypto.h>

#include <string>

namespace gatehouse::oidc {

/// All the memory that the text has; what it left behind by growing is out of reach: reserve() first.
inline void wipe(std::string& text) noexcept {
  text.resize(text.capacity());  // takes no memory, so it cannot fail
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

/// Wipes a text at the end of the block, however that is left. The text must outlive this.
class WipeAfter {
 public:
  explicit WipeAfter(std::string& text) noexcept : text_(text) {}
  WipeAfter(const WipeAfter&) = delete;
  WipeAfter& operator=(const WipeAfter&) = delete;
  ~WipeAfter() { wipe(text_); }

 private:
  std::string& text_;
};

}  // namespace gatehouse::oidc
