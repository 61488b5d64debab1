// SPDX-License-Identifier: Apache-2.0
#pragma once
/// How many guesses are allowed: for one account from one network, from one network, and for one account from anywhere.
///
/// A guess is counted before the secret is checked and taken back if it was none, so that many at once are not more
/// than one after the other. Nothing is kept but numbers under names that only the region's key can make.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"
#include "region/cache_key.hpp"
#include "region/guess_table.hpp"
#include "region/region.hpp"
#include "region/throttle_notices.hpp"
#include "runtime/clock.hpp"

namespace gatehouse::detail {

/// An allowance that refills: `time` is when all of it is there again (GCRA), `count` what was wrong since the last
/// success.
struct Refilling {
  [[nodiscard]] static std::uint64_t weight(const Guesses& g, Ticks now) noexcept {
    return g.time > now ? g.time - now : 0;
  }
  [[nodiscard]] static Guesses join(const Guesses& a, const Guesses& b, Ticks now) noexcept {
    return {a.count + b.count, std::max(a.time, now) + (b.time > now ? b.time - now : 0)};
  }
};

/// Guesses in a row: `time` is when the last was made. What is quiet is forgotten slowly.
struct InARow {
  static constexpr Ticks quiet = 10 * 60 * 10;  ///< without a guess, for one to be forgotten
  [[nodiscard]] static std::uint32_t left(const Guesses& g, Ticks now) noexcept {
    const std::uint32_t forgotten = now > g.time ? (now - g.time) / quiet : 0;
    return g.count > forgotten ? g.count - forgotten : 0;
  }
  [[nodiscard]] static std::uint64_t weight(const Guesses& g, Ticks now) noexcept { return left(g, now); }
  [[nodiscard]] static Guesses join(const Guesses& a, const Guesses& b, Ticks) noexcept {
    return {a.count + b.count, std::max(a.time, b.time)};
  }
};

class Throttle {
 public:
  Throttle(std::shared_ptr<Region> region, const CacheKeyMaker& keys, Clock& clock) noexcept;

  /// Names in the region. 0 is nobody, or not known. The same subject of another realm is another. Subjects that differ
  /// by case only are one: whether a directory takes them for the same account is then not to be seen from what is
  /// counted.
  [[nodiscard]] std::uint64_t source(std::string_view network) const noexcept;
  [[nodiscard]] std::uint64_t subject(std::string_view name, std::string_view realm = {}) const noexcept;

  /// How long to wait; none: go on, it is counted.
  using Wait = std::optional<std::chrono::seconds>;
  [[nodiscard]] Wait take_source(std::uint64_t source, const config::ThrottleSettings& settings) noexcept;
  [[nodiscard]] Wait take_account(std::uint64_t subject, std::uint64_t source,
                                  const config::ThrottleSettings& settings) noexcept;
  /// It was no guess.
  void give_back_source(std::uint64_t source, const config::ThrottleSettings& settings) noexcept;
  void give_back_account(std::uint64_t subject, std::uint64_t source,
                         const config::ThrottleSettings& settings) noexcept;
  /// The secret was right: what was wrong from this network is forgiven, and from now on it is known to be good. What
  /// was wrong from elsewhere is not: somebody else may be guessing.
  void succeeded(std::uint64_t subject, std::uint64_t source) noexcept;

  void clear(std::string_view subject, std::string_view realm = {});
  void clear() noexcept;

  ThrottleNotices notices;

 private:
  [[nodiscard]] Ticks now() const noexcept;
  [[nodiscard]] static std::uint64_t pair(std::uint64_t subject, std::uint64_t source) noexcept;
  [[nodiscard]] bool is_known_good(std::uint64_t subject, std::uint64_t source,
                                   const config::ThrottleSettings& settings) const noexcept;
  void remember_good(std::uint64_t subject, std::uint64_t source) noexcept;

  const CacheKeyMaker& keys_;
  Clock& clock_;
  std::shared_ptr<Region> region_;
  std::span<Word> known_good_;
  GuessTable<Refilling> pairs_;
  GuessTable<Refilling> sources_;
  GuessTable<InARow> subjects_;
};

}  // namespace gatehouse::detail
