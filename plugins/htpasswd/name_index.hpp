// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Finds a name among many in constant time, at four to six bytes each. It holds numbers only: the names stay where
/// their owner keeps them, who says which number has which name.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "name_hash.hpp"

namespace gatehouse::htpasswd {

/// Open addressing with linear probing. Const members: [any-thread].
class NameIndex {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;

  /// Throws std::system_error.
  NameIndex() : key_(NameKey::random()) {}

  /// The number whose name it is, or kNone. `has_name(number)` tells whether a candidate has it.
  template <class HasName>
  [[nodiscard]] std::uint32_t find(std::string_view name, HasName has_name) const {
    if (slots_.empty()) return kNone;
    for (std::size_t slot = home(name);; slot = next(slot)) {
      if (slots_[slot] == kNone || has_name(slots_[slot])) return slots_[slot];
    }
  }

  /// Adds a name that find() did not know. `name_of(number)` gives the names of those already in. Throws
  /// std::bad_alloc.
  template <class NameOf>
  void insert(std::string_view name, std::uint32_t number, NameOf name_of) {
    if ((size_ + 1) * 4 > slots_.size() * 3) grow(name_of);
    place(name, number);
    ++size_;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  [[nodiscard]] std::size_t home(std::string_view name) const noexcept {
    return static_cast<std::size_t>(sip_hash(key_, name)) & (slots_.size() - 1);
  }
  [[nodiscard]] std::size_t next(std::size_t slot) const noexcept { return (slot + 1) & (slots_.size() - 1); }
  void place(std::string_view name, std::uint32_t number) noexcept {
    std::size_t slot = home(name);
    while (slots_[slot] != kNone) slot = next(slot);
    slots_[slot] = number;
  }
  template <class NameOf>
  void grow(NameOf name_of) {
    std::vector<std::uint32_t> old(slots_.empty() ? 16 : slots_.size() * 2, kNone);
    old.swap(slots_);
    for (const std::uint32_t number : old) {
      if (number != kNone) place(name_of(number), number);
    }
  }

  NameKey key_;
  std::vector<std::uint32_t> slots_;  // a power of two
  std::size_t size_ = 0;
};

}  // namespace gatehouse::htpasswd
