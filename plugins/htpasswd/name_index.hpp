// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Finds a name among many in constant time, at eleven to twenty-two bytes each. It holds numbers and hashes only: the
/// names stay where their owner keeps them, who says which number has which name.
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

  /// The number whose name it is, or kNone. `has_name(number)` tells whether a candidate has it; it is asked for the
  /// names of equal hash only.
  template <class HasName>
  [[nodiscard]] std::uint32_t find(std::string_view name, HasName has_name) const {
    if (slots_.empty()) return kNone;
    const std::uint32_t hash = hash_of(name);
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      const Slot& slot = slots_[at];
      if (slot.number == kNone || (slot.hash == hash && has_name(slot.number))) return slot.number;
    }
  }

  /// Adds a name that find() did not know. Throws std::bad_alloc.
  void insert(std::string_view name, std::uint32_t number) {
    if ((size_ + 1) * 4 > slots_.size() * 3) grow();
    place({number, hash_of(name)});
    ++size_;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  struct Slot {
    std::uint32_t number = kNone;
    std::uint32_t hash = 0;
  };
  [[nodiscard]] std::uint32_t hash_of(std::string_view name) const noexcept {
    return static_cast<std::uint32_t>(sip_hash(key_, name));
  }
  [[nodiscard]] std::size_t mask() const noexcept { return slots_.size() - 1; }
  void place(Slot slot) noexcept {
    std::size_t at = slot.hash & mask();
    while (slots_[at].number != kNone) at = (at + 1) & mask();
    slots_[at] = slot;
  }
  void grow() {
    std::vector<Slot> old(slots_.empty() ? 16 : slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.number != kNone) place(slot);
    }
  }

  NameKey key_;
  std::vector<Slot> slots_;  // a power of two
  std::size_t size_ = 0;
};

}  // namespace gatehouse::htpasswd
