// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Everything that an engine keeps in its region.
#include <memory>
#include <utility>

#include "region/cache_key.hpp"
#include "region/grant_cache.hpp"
#include "region/refusal_cache.hpp"
#include "region/region.hpp"
#include "region/throttle.hpp"
#include "runtime/clock.hpp"

namespace gatehouse::detail {

struct Memory {
  Memory(std::shared_ptr<Region> joined, Clock& clock)
      : region(std::move(joined)),
        keys(region->key()),
        grants(region, keys, clock),
        refusals(region, clock),
        throttle(region, keys, clock) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  const std::shared_ptr<Region> region;
  const CacheKeyMaker keys;
  GrantCache grants;
  RefusalCache refusals;
  Throttle throttle;
};

}  // namespace gatehouse::detail
