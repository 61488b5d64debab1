// SPDX-License-Identifier: Apache-2.0
#pragma once
/// When what a backend knows last changed, for everybody and by subject. Cached answers carry the numbers they were
/// made under and count only while those stand.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace gatehouse::detail {

class Epochs {
 public:
  /// The plugin's word that its new state is in effect. Empty subject: everybody's. [any-thread]
  void invalidate(std::string_view subject) noexcept {
    // The order matters: whoever reads a subject's new number also sees that something moved (see GrantCache::store).
    any_.fetch_add(1);
    if (subject.empty()) {
      everybody_.fetch_add(1);
    } else {
      bucket(subject).fetch_add(1);
    }
  }

  /// Moves with every change.
  [[nodiscard]] std::uint64_t any() const noexcept { return any_.load(); }
  /// Moves with a change of everybody, or of this subject (or one that shares its bucket).
  [[nodiscard]] std::uint64_t of(std::string_view subject) const noexcept {
    return everybody_.load() + const_cast<Epochs*>(this)->bucket(subject).load();
  }

 private:
  static constexpr std::size_t buckets = 4096;
  std::atomic<std::uint64_t>& bucket(std::string_view subject) noexcept {
    return by_subject_[std::hash<std::string_view>{}(subject) % buckets];
  }
  std::atomic<std::uint64_t> any_{0};
  std::atomic<std::uint64_t> everybody_{0};
  std::array<std::atomic<std::uint64_t>, buckets> by_subject_{};
};

}  // namespace gatehouse::detail
