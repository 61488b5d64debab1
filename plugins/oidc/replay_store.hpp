// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What each holder of a key has shown and must not show again for a while. Of bounded size: one holder alone gets half
/// of it, each of many less, and when all of it is used nothing new is taken; nobody can push out what others left.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "fingerprint.hpp"

namespace gatehouse::oidc {

class ReplayStore {
 public:
  enum class Answer { first, again, no_room };

  /// What was taken is remembered for at least `keep`, and at most an eighth longer.
  ReplayStore(std::size_t most, std::chrono::milliseconds keep);

  [[nodiscard]] Answer take(std::string_view holder, std::string_view what, std::chrono::milliseconds now);

 private:
  using Set = std::unordered_set<Fingerprint, FingerprintHash>;
  /// What came within one eighth of the time; all of it is forgotten at once.
  struct Slice {
    std::int64_t number;
    std::size_t size = 0;
    std::unordered_map<Fingerprint, Set, FingerprintHash> by_holder{};
  };
  void forget(std::int64_t now);

  const std::size_t most_;
  const std::chrono::milliseconds slice_;
  const Fingerprints prints_;
  std::mutex mutex_;
  std::size_t size_ = 0;
  std::deque<Slice> slices_;  ///< the oldest first
};

}  // namespace gatehouse::oidc
