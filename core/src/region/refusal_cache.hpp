// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Remembered refusals: who sends the same wrong credential again, as programs do, costs nothing and is not counted.
///
/// They are hints in a small place. A source of guesses has room for so many of its own, and crowds out nobody else's
/// but those of few other sources.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "region/cache_key.hpp"
#include "region/grant_cache.hpp"
#include "region/region.hpp"
#include "runtime/clock.hpp"

namespace gatehouse::detail {

class RefusalCache {
 public:
  /// How many one source can have remembered.
  static constexpr std::size_t per_source = 64;

  RefusalCache(std::shared_ptr<Region> region, Clock& clock) noexcept;

  /// True: this credential, from this source, was wrong a moment ago and is still. [any-thread]
  [[nodiscard]] bool find(const CacheKey& key, std::uint64_t source, EpochChain chain) const noexcept;
  /// `changes` is changes_of() the first `asked` of the chain and `flushes` that of GrantCache, both read before they
  /// were asked. [any-thread]
  void store(const CacheKey& key, std::uint64_t source, std::size_t asked, std::uint64_t changes, std::uint64_t flushes,
             SteadyTime until) noexcept;

 private:
  static constexpr std::size_t ways = 8;
  static constexpr std::size_t record_words = 5;  ///< name, until, changes, asked and flushes, check
  static constexpr std::size_t set_words = ways * (1 + record_words);
  [[nodiscard]] Word* set_of(const CacheKey& key, std::uint64_t source) const noexcept;

  std::shared_ptr<Region> region_;
  Clock& clock_;
  std::span<Word> words_;
  std::size_t sets_;
};

}  // namespace gatehouse::detail
