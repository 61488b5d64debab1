// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What was seen and must not be seen again for a while. Of bounded size: when it is full, nothing new is taken, which
/// refuses; nobody can push out what others left.
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <unordered_set>

namespace gatehouse::oidc {

class ReplayStore {
 public:
  explicit ReplayStore(std::size_t most) : most_(most) {}

  /// True the first time within the time of `until`; false if it was seen, or if there is no room. [any-thread]
  [[nodiscard]] bool take(const std::string& what, std::chrono::milliseconds now, std::chrono::milliseconds until);

 private:
  std::mutex mutex_;
  std::size_t most_;
  std::unordered_set<std::string> seen_;
  std::multimap<std::chrono::milliseconds, std::string> ends_;
};

}  // namespace gatehouse::oidc
