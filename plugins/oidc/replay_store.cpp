// SPDX-License-Identifier: Apache-2.0
#include "replay_store.hpp"

namespace gatehouse::oidc {

bool ReplayStore::take(const std::string& what, std::chrono::milliseconds now, std::chrono::milliseconds until) {
  const std::lock_guard lock(mutex_);
  while (!ends_.empty() && ends_.begin()->first <= now) {
    seen_.erase(ends_.begin()->second);
    ends_.erase(ends_.begin());
  }
  if (seen_.size() >= most_ || !seen_.insert(what).second) return false;
  ends_.emplace(until, what);
  return true;
}

}  // namespace gatehouse::oidc
