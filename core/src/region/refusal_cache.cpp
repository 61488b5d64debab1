// SPDX-License-Identifier: Apache-2.0
#include "region/refusal_cache.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "region/record_check.hpp"

namespace gatehouse::detail {
namespace {

constexpr std::int64_t longest_ms = 60'000;

std::int64_t milliseconds_of(SteadyTime time) noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::uint64_t check_of(const CacheKey& key, std::span<const std::uint64_t> words) noexcept {
  // Another key than that of a grant's check: the one is never taken for the other.
  return record_check({~word_of(key, 2), ~word_of(key, 3)}, words);
}

}  // namespace

RefusalCache::RefusalCache(std::shared_ptr<Region> region, Clock& clock) noexcept
    : region_(std::move(region)),
      clock_(clock),
      words_(region_->part(Part::refusals)),
      sets_(words_.size() / set_words) {}

Word* RefusalCache::set_of(const CacheKey& key, std::uint64_t source) const noexcept {
  constexpr std::size_t sets_per_source = per_source / ways;
  return &words_[(source % sets_ + word_of(key, 1) % sets_per_source) % sets_ * set_words];
}

bool RefusalCache::find(const CacheKey& key, std::uint64_t source, EpochChain chain) const noexcept {
  const Word* const set = set_of(key, source);
  for (std::size_t way = 0; way < ways; ++way) {
    if (set[way].load(std::memory_order_acquire) != word_of(key, 0)) continue;
    const Word* const slot = set + ways + way * record_words;
    std::array<std::uint64_t, record_words> words{};
    for (std::size_t i = 0; i < record_words; ++i) words[i] = slot[i].load(std::memory_order_relaxed);
    if (words[0] != word_of(key, 1) || words[4] != check_of(key, std::span(words).first<4>())) continue;
    const std::int64_t left = static_cast<std::int64_t>(words[1]) - milliseconds_of(clock_.steady());
    const std::size_t asked = words[3] >> 32U;
    if (left <= 0 || left > longest_ms || asked > chain.size()) return false;
    if ((words[3] & 0xFFFFFFFFU) != (region_->control(Control::flushes).load() & 0xFFFFFFFFU)) return false;
    const EpochChain those = chain.first(asked);
    return std::all_of(those.begin(), those.end(), [](const auto& epochs) { return epochs->mine(); }) &&
           changes_of(those) == words[2];
  }
  return false;
}

void RefusalCache::store(const CacheKey& key, std::uint64_t source, std::size_t asked, std::uint64_t changes,
                         std::uint64_t flushes, SteadyTime until) noexcept {
  std::array<std::uint64_t, record_words> words = {
      word_of(key, 1), static_cast<std::uint64_t>(milliseconds_of(until)), changes,
      static_cast<std::uint64_t>(asked) << 32U | (flushes & 0xFFFFFFFFU), 0};
  words[4] = check_of(key, std::span(words).first<4>());
  Word* const set = set_of(key, source);
  std::size_t chosen = 0;
  std::uint64_t soonest = UINT64_MAX;
  for (std::size_t way = 0; way < ways; ++way) {
    const std::uint64_t found = set[way].load(std::memory_order_relaxed);
    if (found == word_of(key, 0)) {
      chosen = way;
      break;
    }
    const std::uint64_t ends = found == 0 ? 0 : set[ways + way * record_words + 1].load(std::memory_order_relaxed);
    if (ends < soonest) {
      soonest = ends;
      chosen = way;
    }
  }
  Word* const slot = set + ways + chosen * record_words;
  for (std::size_t i = 0; i < record_words; ++i) slot[i].store(words[i], std::memory_order_relaxed);
  set[chosen].store(word_of(key, 0), std::memory_order_release);
}

}  // namespace gatehouse::detail
