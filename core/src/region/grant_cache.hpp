// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Remembered grants: a login costs one backend call, not one per request. They lie in the region; the credential
/// itself is not there, and what is there cannot be read without it.
///
/// A subject has its share of the places: who has many credentials, or many spellings of one, does not crowd out
/// everybody else. What is beyond it is asked for each time.
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <gatehouse/decision.hpp>

#include "region/allowance.hpp"
#include "region/cache_key.hpp"
#include "region/epochs.hpp"
#include "region/identity_store.hpp"
#include "region/interned_answers.hpp"
#include "region/region.hpp"
#include "runtime/clock.hpp"

namespace gatehouse::detail {

/// The backends of a realm, in the order they are asked.
using EpochChain = std::span<const std::shared_ptr<Epochs>>;

/// What must not have moved since for a grant to count: every earlier backend, where any change might make the caller
/// theirs, and the one that granted.
struct Conditions {
  std::size_t granting = 0;  ///< place in the chain
  std::uint64_t earlier = 0;
  std::uint64_t subject_epoch = 0;
  std::uint64_t flushes = 0;  ///< flushes(), read before anybody was asked
  std::size_t bucket = 0;
};

/// The sum of what moves with every change of these backends. Each number only grows: a sum stands as long as all do.
[[nodiscard]] std::uint64_t changes_of(EpochChain chain) noexcept;

class GrantCache {
 public:
  /// No grant is kept longer, whatever is asked for.
  static constexpr std::chrono::hours longest{25};

  GrantCache(std::shared_ptr<Region> region, const CacheKeyMaker& keys, Clock& clock);

  enum class Lookup {
    quick,  ///< allocates nothing; a grant that this process has not seen yet is not found
    whole
  };
  /// A grant that still counts, or null. `stale` is for how long after its time one counts nevertheless. [any-thread]
  [[nodiscard]] std::shared_ptr<const Answer> find(const CacheKey& key, EpochChain chain, Lookup how,
                                                   std::chrono::milliseconds stale = {}) noexcept;
  /// Remembers a grant until `until`, at the latest until its identity's expiry, if its subject has room for one more.
  /// [any-thread]
  void store(const CacheKey& key, const Answer& answer, const Conditions& conditions, SteadyTime until);
  /// Who granted what is remembered under this key, by place in the chain, whether or not it still counts. [any-thread]
  [[nodiscard]] std::optional<std::size_t> granting(const CacheKey& key) const noexcept;
  /// Forgets one. [any-thread]
  void erase(const CacheKey& key) noexcept;
  /// Forgets all grants and refusals, of every process that shares the region. [any-thread]
  void flush() noexcept { region_->control(Control::flushes).fetch_add(1); }
  /// How often that was done.
  [[nodiscard]] std::uint64_t flushes() const noexcept { return region_->control(Control::flushes).load(); }

 private:
  static constexpr std::size_t ways = 8;
  struct Record;
  struct Place;
  [[nodiscard]] Word* set_of(const CacheKey& key) const noexcept;
  [[nodiscard]] static bool read(const Word* slot, const CacheKey& key, Record& record) noexcept;
  [[nodiscard]] bool takes_room(const Answer& answer, SteadyTime until) noexcept;
  [[nodiscard]] bool counts(const Record& record, EpochChain chain, std::chrono::milliseconds stale) const noexcept;

  std::shared_ptr<Region> region_;
  const CacheKeyMaker& keys_;
  IdentityStore identities_;
  InternedAnswers interned_;
  Clock& clock_;
  std::span<Word> words_;
  std::size_t sets_;
  GuessTable<Refilling> holders_;
  std::uint32_t share_;  ///< of one subject
};

}  // namespace gatehouse::detail
