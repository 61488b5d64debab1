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

/// What crypt() makes of a password, valid until the next call; null if it refuses.
class Crypt {
 public:
  const char* operator()(std::string_view password, std::string_view setting) {
    const WipedText<CRYPT_MAX_PASSPHRASE_SIZE> phrase(password);
    const WipedText<CRYPT_OUTPUT_SIZE> text(setting);
    const char* const computed = crypt_rn(phrase.c_str(), text.c_str(), &work_->data, sizeof work_->data);
    return computed == nullptr || computed[0] == '*' ? nullptr : computed;
  }

 private:
  std::unique_ptr<Work> work_ = std::make_unique<Work>();
};

bool is_phrase(std::string_view password) noexcept {
  return password.size() < CRYPT_MAX_PASSPHRASE_SIZE && password.find('\0') == std::string_view::npos;
}

}  // namespace

Match check_crypt(std::string_view hash, std::string_view password) noexcept {
  if (hash.size() >= CRYPT_OUTPUT_SIZE || !is_phrase(password)) return Match::no;
  try {
    Crypt crypt;
    const char* const computed = crypt(password, hash);
    if (computed == nullptr) return Match::failed;
    return plugin::equal_constant_time(computed, hash) ? Match::yes : Match::no;
  } catch (const std::bad_alloc&) {
    return Match::failed;
  }
}

std::optional<std::string> make_crypt(const char* prefix, unsigned long count, std::string_view password) {
  if (!is_phrase(password)) return std::nullopt;
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  if (crypt_gensalt_rn(prefix, count, nullptr, 0, setting.data(), CRYPT_GENSALT_OUTPUT_SIZE) == nullptr) {
    return std::nullopt;
  }
  Crypt crypt;
  const char* const computed = crypt(password, setting.data());
  if (computed == nullptr) return std::nullopt;
  return computed;
}

}  // namespace gatehouse::htpasswd
