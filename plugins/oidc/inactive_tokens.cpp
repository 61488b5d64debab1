// SPDX-License-Identifier: Apache-2.0
#include "inactive_tokens.hpp"

namespace gatehouse::oidc {

bool InactiveTokens::has(std::string_view token, std::chrono::milliseconds now) const {
  if (keep_.count() == 0) return false;
  const Fingerprint print = prints_.of(token);
  const std::lock_guard lock(mutex_);
  const auto found = until_.find(print);
  return found != until_.end() && now < found->second;
}

void InactiveTokens::add(std::string_view token, std::chrono::milliseconds now) {
  if (keep_.count() == 0) return;
  const Fingerprint print = prints_.of(token);
  const std::lock_guard lock(mutex_);
  while (!in_order_.empty() && (in_order_.size() >= most_ || in_order_.front().first <= now)) {
    const auto oldest = until_.find(in_order_.front().second);
    // It may have been added again since, and stands later in the order too.
    if (oldest != until_.end() && oldest->second == in_order_.front().first) until_.erase(oldest);
    in_order_.pop_front();
  }
  until_[print] = now + keep_;
  in_order_.emplace_back(now + keep_, print);
}

}  // namespace gatehouse::oidc
