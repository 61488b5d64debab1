// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Counts of guesses, in a bounded place that cannot be made to forget.
///
/// A count is one word: it changes in one step, whoever else counts at the same time, in whichever process. Where no
/// place is free, the count that weighs least gives way, and who takes its place takes over its weight (Space-Saving;
/// Metwally, Agrawal and El Abbadi, 2005). So a count may be too high, never too low: a flood of names wins nobody a
/// guess. Places are chosen with the region's key: a stranger cannot aim.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "region/region.hpp"

namespace gatehouse::detail {

/// Tenths of a second of the steady clock.
using Ticks = std::uint32_t;

struct Guesses {
  std::uint32_t count = 0;  ///< at most most_guesses
  Ticks time = 0;           ///< what it means is the kind's affair
};
inline constexpr std::uint32_t most_guesses = 255;

/// `Kind` says what a count weighs at a time, 0 meaning that it is as good as none, and how two are joined.
template <typename Kind>
class GuessTable {
 public:
  GuessTable(std::span<Word> words, Kind kind = {}) noexcept : words_(words), kind_(kind), sets_(words.size() / ways) {}

  [[nodiscard]] std::optional<Guesses> find(std::uint64_t name) const noexcept {
    for (const Word& word : set_of(name)) {
      const std::uint64_t value = word.load();
      if (tag_of(value) == tag_for(name)) return unpack(value);
    }
    return std::nullopt;
  }

  /// Changes the count of this name as `change(Guesses, own) -> optional<Guesses>` says; nullopt leaves it. Not `own`:
  /// the name has no place yet, and what is given is what it would take over. True: changed.
  template <typename Change>
  bool update(std::uint64_t name, Ticks now, Change change) noexcept {
    for (;;) {
      const Place place = place_for(name, now);
      const std::optional<Guesses> next = change(place.guesses, place.own);
      if (!next) return false;
      std::uint64_t expected = place.value;
      if (!place.word->compare_exchange_strong(expected, pack(name, *next))) continue;
      if (!place.own) join(name, now, place.word);
      return true;
    }
  }

  /// The same, but only of a name that is there.
  template <typename Change>
  bool update_known(std::uint64_t name, Change change) noexcept {
    for (Word& word : set_of(name)) {
      std::uint64_t value = word.load();
      while (tag_of(value) == tag_for(name)) {
        if (word.compare_exchange_weak(value, pack(name, change(unpack(value))))) return true;
      }
    }
    return false;
  }

  /// Forgets it; returns what was counted.
  Guesses take(std::uint64_t name) noexcept {
    Guesses all;
    for (Word& word : set_of(name)) {
      std::uint64_t value = word.load();
      while (tag_of(value) == tag_for(name)) {
        if (!word.compare_exchange_weak(value, 0)) continue;
        all.count += unpack(value).count;
        all.time = std::max(all.time, unpack(value).time);
        break;
      }
    }
    return all;
  }

  void clear() noexcept {
    for (Word& word : words_) word.store(0);
  }

  /// Names that begin with the same so many bits can be forgotten together.
  static constexpr unsigned family_bits = 12;
  void clear_family(std::uint64_t name) noexcept {
    for (Word& word : words_) {
      std::uint64_t value = word.load();
      while (value != 0 && (value ^ name) >> (64 - family_bits) == 0) {
        if (word.compare_exchange_weak(value, 0)) break;
      }
    }
  }

 private:
  static constexpr std::size_t ways = 8;
  struct Place {
    Word* word = nullptr;
    std::uint64_t value = 0;
    Guesses guesses;
    bool own = false;
  };

  [[nodiscard]] std::span<Word> set_of(std::uint64_t name) const noexcept {
    return words_.subspan((name >> 1U) % sets_ * ways, ways);  // names are odd
  }
  static std::uint64_t tag_for(std::uint64_t name) noexcept { return name >> 40U | 1U; }
  static std::uint64_t tag_of(std::uint64_t value) noexcept { return value >> 40U; }
  static Guesses unpack(std::uint64_t value) noexcept {
    return {static_cast<std::uint32_t>(value >> 32U & 0xFFU), static_cast<Ticks>(value)};
  }
  static std::uint64_t pack(std::uint64_t name, const Guesses& guesses) noexcept {
    return tag_for(name) << 40U | static_cast<std::uint64_t>(std::min(guesses.count, most_guesses)) << 32U |
           guesses.time;
  }

  /// Its own place, or the one whose count weighs least.
  [[nodiscard]] Place place_for(std::uint64_t name, Ticks now) const noexcept {
    Place best;
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    for (Word& word : set_of(name)) {
      const std::uint64_t value = word.load();
      if (tag_of(value) == tag_for(name)) return {&word, value, unpack(value), true};
      const std::uint64_t weight = value == 0 ? 0 : kind_.weight(unpack(value), now);
      if (weight < least) {
        least = weight;
        best = {&word, value, weight == 0 ? Guesses{} : unpack(value), false};
      }
    }
    return best;
  }

  /// Two may have made a place for the same name at the same time: the first of the set keeps both counts.
  void join(std::uint64_t name, Ticks now, Word* made) noexcept {
    for (Word& word : set_of(name)) {
      if (&word == made) return;
      std::uint64_t first = word.load();
      if (tag_of(first) != tag_for(name)) continue;
      std::uint64_t mine = made->load();
      while (tag_of(mine) == tag_for(name)) {
        if (made->compare_exchange_weak(mine, 0)) break;
      }
      if (tag_of(mine) != tag_for(name)) return;
      while (tag_of(first) == tag_for(name)) {
        if (word.compare_exchange_weak(first, pack(name, kind_.join(unpack(first), unpack(mine), now)))) return;
      }
      return;
    }
  }

  std::span<Word> words_;
  Kind kind_;
  std::size_t sets_;
};

}  // namespace gatehouse::detail
