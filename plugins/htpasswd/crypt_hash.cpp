// SPDX-License-Identifier: Apache-2.0
#include "crypt_hash.hpp"

#include <crypt.h>
#include <string.h>  // explicit_bzero

#include <algorithm>
#include <array>
#include <gatehouse/plugin/backend.hpp>
#include <memory>
#include <new>

namespace gatehouse::htpasswd {
namespace {

/// A C string in room of its own, wiped.
template <std::size_t Size>
class WipedText {
 public:
  explicit WipedText(std::string_view text) noexcept {
    std::copy_n(text.begin(), std::min(text.size(), Size - 1), bytes_.begin());
  }
  WipedText(const WipedText&) = delete;
  WipedText& operator=(const WipedText&) = delete;
  ~WipedText() { ::explicit_bzero(bytes_.data(), bytes_.size()); }
  [[nodiscard]] const char* c_str() const noexcept { return bytes_.data(); }

 private:
  std::array<char, Size> bytes_{};
};

/// crypt()'s working memory, 32 KiB: one per check, so that threads share nothing.
struct Work {
  crypt_data data{};
  Work() = default;
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  ~Work() { ::explicit_bzero(&data, sizeof data); }
};

}  // namespace

Match check_crypt(std::string_view hash, std::string_view password) noexcept {
  if (hash.size() >= CRYPT_OUTPUT_SIZE || password.size() >= CRYPT_MAX_PASSPHRASE_SIZE) return Match::no;
  if (password.find('\0') != std::string_view::npos) return Match::no;
  try {
    const auto work = std::make_unique<Work>();
    const WipedText<CRYPT_MAX_PASSPHRASE_SIZE> phrase(password);
    const WipedText<CRYPT_OUTPUT_SIZE> setting(hash);
    const char* const computed = crypt_rn(phrase.c_str(), setting.c_str(), &work->data, sizeof work->data);
    if (computed == nullptr || computed[0] == '*') return Match::failed;
    return plugin::equal_constant_time(computed, hash) ? Match::yes : Match::no;
  } catch (const std::bad_alloc&) {
    return Match::failed;
  }
}

}  // namespace gatehouse::htpasswd
