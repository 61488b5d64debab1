// SPDX-License-Identifier: Apache-2.0
#include "route.hpp"

#include <algorithm>

namespace gatehouse::proxy {

bool Route::update(std::vector<Endpoint> endpoints) {
  const std::lock_guard lock(mutex_);
  const bool same = std::is_permutation(endpoints_.begin(), endpoints_.end(), endpoints.begin(), endpoints.end());
  endpoints_.swap(endpoints);
  if (!same) id_.fetch_add(1, std::memory_order_release);
  return !same;
}

}  // namespace gatehouse::proxy
