// SPDX-License-Identifier: Apache-2.0
#include "region/grant_cache.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "region/answer_text.hpp"
#include "region/record_check.hpp"

namespace gatehouse::detail {
namespace {

/// However small the region is.
constexpr std::size_t least_share = 64;

std::int64_t milliseconds_of(SteadyTime time) noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

/// One grant. Half of its key is its name, the other half, which is nowhere, is the key of its check.
struct GrantCache::Record {
  static constexpr std::size_t size = 9;
  std::array<std::uint64_t, size> words{};

  std::uint64_t& name() noexcept { return words[0]; }
  std::uint64_t& until_ms() noexcept { return words[1]; }   ///< by the steady clock
  std::uint64_t& expiry_ms() noexcept { return words[2]; }  ///< of the identity, by the wall clock; 0: none
  std::uint64_t& earlier() noexcept { return words[3]; }
  std::uint64_t& subject_epoch() noexcept { return words[4]; }
  std::uint64_t& place() noexcept { return words[5]; }  ///< granting, bucket, flushes
  std::uint64_t& id(std::size_t half) noexcept { return words[6 + half]; }
  std::uint64_t& check() noexcept { return words[8]; }

  [[nodiscard]] std::int64_t until() const noexcept { return static_cast<std::int64_t>(words[1]); }
  [[nodiscard]] std::int64_t expiry() const noexcept { return static_cast<std::int64_t>(words[2]); }
  [[nodiscard]] std::uint64_t expected(const CacheKey& key) const noexcept {
    return record_check({word_of(key, 2), word_of(key, 3)}, std::span(words).first<size - 1>());
  }
};

/// How a set lies: first what its ways are found by, then their records.
struct GrantCache::Place {
  static constexpr std::size_t set_words = ways * (1 + Record::size);
  static Word* record(Word* set, std::size_t way) noexcept { return set + ways + way * Record::size; }
  static std::uint64_t pack(std::size_t granting, std::size_t bucket, std::uint64_t flushes) noexcept {
    return static_cast<std::uint64_t>(granting) << 56U | (static_cast<std::uint64_t>(bucket) & 0xFFFFFFU) << 32U |
           (flushes & 0xFFFFFFFFU);
  }
};

std::uint64_t changes_of(EpochChain chain) noexcept {
  std::uint64_t sum = 0;
  for (const auto& epochs : chain) sum += epochs->any();
  return sum;
}

GrantCache::GrantCache(std::shared_ptr<Region> region, const CacheKeyMaker& keys, Clock& clock)
    : region_(std::move(region)),
      keys_(keys),
      identities_(region_, keys),
      clock_(clock),
      words_(region_->part(Part::grants)),
      sets_(words_.size() / Place::set_words),
      holders_(region_->part(Part::holders)),
      share_(static_cast<std::uint32_t>(std::clamp<std::size_t>(sets_ * ways / 64, least_share, UINT32_MAX))) {}

bool GrantCache::takes_room(const Answer& answer, SteadyTime until) noexcept {
  const SteadyTime now = clock_.steady();
  const Digest holder = keys_.name("holder", answer.identity.subject, answer.identity.backend);
  const auto each = std::chrono::duration_cast<std::chrono::milliseconds>(until - now) / share_;
  const Allowance allowance{share_, ticks_of(each)};
  Ticks wait = 0;
  return holders_.update(word_of(holder, 0) | 1U, ticks_at(now), [&](const Guesses& g, bool own) {
    // Others' share is not theirs who come after: where many hold much, all are remembered.
    return allowance.take(own ? g : Guesses{}, ticks_at(now), wait);
  });
}

Word* GrantCache::set_of(const CacheKey& key) const noexcept {
  return &words_[word_of(key, 1) % sets_ * Place::set_words];
}

bool GrantCache::read(const Word* slot, const CacheKey& key, Record& record) noexcept {
  for (std::size_t i = 0; i < Record::size; ++i) record.words[i] = slot[i].load(std::memory_order_relaxed);
  return record.name() == word_of(key, 1) && record.check() == record.expected(key);
}

bool GrantCache::counts(const Record& record, EpochChain chain, std::chrono::milliseconds stale) const noexcept {
  const std::int64_t now = milliseconds_of(clock_.steady());
  const std::int64_t left = record.until() - now;
  if (left <= -stale.count() || left > std::chrono::milliseconds(longest).count()) return false;
  if (record.expiry() != 0 && clock_.wall().time_since_epoch().count() >= record.expiry()) return false;
  const std::uint64_t place = record.words[5];
  const std::size_t granting = place >> 56U;
  const std::size_t bucket = place >> 32U & 0xFFFFFFU;
  if (granting >= chain.size()) return false;
  if ((place & 0xFFFFFFFFU) != (region_->control(Control::flushes).load() & 0xFFFFFFFFU)) return false;
  const auto mine = [](const auto& epochs) { return epochs->mine(); };
  return std::all_of(chain.begin(), chain.begin() + static_cast<std::ptrdiff_t>(granting) + 1, mine) &&
         changes_of(chain.first(granting)) == record.words[3] && chain[granting]->of(bucket) == record.words[4];
}

std::shared_ptr<const Answer> GrantCache::find(const CacheKey& key, EpochChain chain, Lookup how,
                                               std::chrono::milliseconds stale) noexcept {
  Word* const set = set_of(key);
  const std::uint64_t tag = word_of(key, 0);
  Record record;
  for (std::size_t way = 0; way < ways; ++way) {
    if (set[way].load(std::memory_order_acquire) != tag || !read(Place::record(set, way), key, record)) continue;
    if (!counts(record, chain, stale)) return nullptr;
    const InternedAnswers::Name name{{record.id(0), record.id(1)}, record.expiry()};
    if (auto known = interned_.find(name)) return known;
    if (how == Lookup::quick) return nullptr;
    try {
      const auto text = identities_.get(name.id);
      const auto answer = text ? from_text(*text) : nullptr;
      if (!answer) return nullptr;
      if (name.expiry_ms != 0) answer->identity.expiry = WallTime(std::chrono::milliseconds(name.expiry_ms));
      interned_.put(name, answer);
      return answer;
    } catch (...) {
      return nullptr;  // out of memory: a backend is asked
    }
  }
  return nullptr;
}

std::optional<std::size_t> GrantCache::granting(const CacheKey& key) const noexcept {
  Word* const set = set_of(key);
  Record record;
  for (std::size_t way = 0; way < ways; ++way) {
    if (set[way].load(std::memory_order_acquire) == word_of(key, 0) && read(Place::record(set, way), key, record)) {
      return record.place() >> 56U;
    }
  }
  return std::nullopt;
}

void GrantCache::erase(const CacheKey& key) noexcept {
  Word* const set = set_of(key);
  for (std::size_t way = 0; way < ways; ++way) {
    std::uint64_t tag = word_of(key, 0);
    set[way].compare_exchange_strong(tag, 0);
  }
}

void GrantCache::store(const CacheKey& key, const Answer& answer, const Conditions& conditions, SteadyTime until) {
  const std::string text = to_text(answer);
  if (text.size() > IdentityStore::max_text || conditions.granting > 255) return;
  const std::int64_t now = milliseconds_of(clock_.steady());
  Word* const set = set_of(key);
  const std::uint64_t tag = word_of(key, 0);
  // Its own place, else a free one, else the one whose time is over first.
  std::size_t chosen = 0;
  std::int64_t soonest = INT64_MAX;
  bool own = false;
  for (std::size_t way = 0; way < ways; ++way) {
    const std::uint64_t found = set[way].load(std::memory_order_relaxed);
    if (found == tag) {
      chosen = way;
      own = true;
      break;
    }
    const auto ends =
        found == 0 ? 0 : static_cast<std::int64_t>(Place::record(set, way)[1].load(std::memory_order_relaxed));
    if (ends < soonest) {
      soonest = ends;
      chosen = way;
    }
  }
  if (!own && !takes_room(answer, until)) return;

  Record record;
  record.name() = word_of(key, 1);
  record.until_ms() = static_cast<std::uint64_t>(milliseconds_of(until));
  const auto& expiry = answer.identity.expiry;
  // 0 stands for none: an identity that ends at the very beginning of time has ended in any case.
  record.expiry_ms() =
      expiry ? static_cast<std::uint64_t>(std::max<std::int64_t>(1, expiry->time_since_epoch().count())) : 0;
  record.earlier() = conditions.earlier;
  record.subject_epoch() = conditions.subject_epoch;
  record.place() = Place::pack(conditions.granting, conditions.bucket, conditions.flushes);
  const TextId id = identities_.put(text, static_cast<std::uint32_t>(now / 1000));
  record.id(0) = id[0];
  record.id(1) = id[1];
  record.check() = record.expected(key);

  Word* const slot = Place::record(set, chosen);
  for (std::size_t i = 0; i < Record::size; ++i) slot[i].store(record.words[i], std::memory_order_relaxed);
  set[chosen].store(tag, std::memory_order_release);

  const InternedAnswers::Name name{id, record.expiry()};
  if (interned_.find(name)) return;
  auto kept = from_text(text);
  if (!kept) return;
  kept->identity.expiry = expiry;
  interned_.put(name, std::move(kept));
}

}  // namespace gatehouse::detail
