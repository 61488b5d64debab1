// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Memory for what crosses between two processes, passwords among it: wiped when it is given back.
#include <openssl/crypto.h>

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace gatehouse::detail::isolation {

template <typename T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <typename U>
  explicit WipingAllocator(const WipingAllocator<U>&) noexcept {}

  [[nodiscard]] T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* memory, std::size_t count) noexcept {
    OPENSSL_cleanse(memory, count * sizeof(T));
    std::allocator<T>().deallocate(memory, count);
  }
  friend bool operator==(const WipingAllocator&, const WipingAllocator&) noexcept { return true; }
};

using Bytes = std::vector<char, WipingAllocator<char>>;

[[nodiscard]] inline std::string_view text_of(const Bytes& bytes) noexcept {
  return {bytes.data(), bytes.size()};
}

}  // namespace gatehouse::detail::isolation
