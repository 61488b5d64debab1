// SPDX-License-Identifier: Apache-2.0
#pragma once
/// How many guesses are allowed: for one account from one network, from one network, and for one account from anywhere.
///
/// A guess is counted before the secret is checked and taken back if it was none, so that many at once are not more
/// than one after the other. Nothing is kept but numbers under names that only the region's key can make.
///
/// Subjects that differ by case only share what is counted: whether a directory takes them for the same account is not
/// to be seen from it. What a login earns, forgiveness and a network that is known, is for the very subject it was.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"
#include "region/allowance.hpp"
#include "region/cache_key.hpp"
#include "region/guess_table.hpp"
#include "region/known_networks.hpp"
#include "region/region.hpp"
#include "region/throttle_notices.hpp"
#include "runtime/clock.hpp"

namespace gatehouse::detail {

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

  /// Names in the region. 0 is nobody, or not known.
  [[nodiscard]] std::uint64_t source(std::string_view network) const noexcept;
  struct Account {
    std::uint64_t counted = 0;  ///< of all spellings
    std::uint64_t exact = 0;    ///< of this one
    std::uint64_t plain = 0;    ///< of the one in lower case
  };
  /// The same subject of another realm is another.
  [[nodiscard]] Account account(std::string_view subject, std::string_view realm = {}) const noexcept;

  /// How long to wait; none: go on, it is counted.
  using Wait = std::optional<std::chrono::seconds>;
  /// What was counted of one guess at an account.
  struct Charge {
    Account account;
    std::uint64_t known = 0;  ///< the row of KnownNetworks that it counts in; 0: in the table of all others
    bool favoured = false;    ///< it went on only because the network is known
  };
  /// By the name that was typed: a network counts as known if some spelling of it is.
  [[nodiscard]] Wait take_typed(Charge& charge, const Account& account, std::uint64_t source,
                                const config::ThrottleSettings& settings) noexcept;
  /// By the subject that it turned out to be. Afterwards nothing else is counted than this.
  [[nodiscard]] Wait take_claimed(Charge& charge, const Account& account, std::uint64_t source,
                                  const config::ThrottleSettings& settings) noexcept;
  /// It was no guess.
  void give_back(Charge& charge, std::uint64_t source, const config::ThrottleSettings& settings) noexcept;
  /// The secret of who is charged was right: what was wrong from this network is forgiven, and from now on it is known.
  /// What was wrong from elsewhere is not: somebody else may be guessing.
  void succeeded(const Charge& charge, std::uint64_t source, const config::ThrottleSettings& settings) noexcept;

  /// `typed`: who is known from there is let through where a flood of networks has left no place for this one.
  [[nodiscard]] Wait take_source(std::uint64_t source, const Account& typed,
                                 const config::ThrottleSettings& settings) noexcept;
  void give_back_source(std::uint64_t source, const config::ThrottleSettings& settings) noexcept;

  /// Forgets the guesses at this subject, by whichever spelling, from everywhere.
  void clear(std::string_view subject, std::string_view realm = {}) noexcept;
  void clear() noexcept;

  [[nodiscard]] Region::Visit visit() const noexcept { return Region::Visit(*region_); }

  ThrottleNotices notices;

 private:
  [[nodiscard]] Ticks now() const noexcept;
  [[nodiscard]] KnownNetworks::Minutes minute() const noexcept;
  [[nodiscard]] static std::uint64_t pair(const Account& account, std::uint64_t source) noexcept;
  [[nodiscard]] bool knows(std::uint64_t name, std::uint64_t source,
                           const config::ThrottleSettings& settings) const noexcept;
  [[nodiscard]] std::uint64_t known_by_any_spelling(const Account& account, std::uint64_t source,
                                                    const config::ThrottleSettings& settings) const noexcept;
  [[nodiscard]] Wait take(Charge& charge, Charge next, std::uint64_t source,
                          const config::ThrottleSettings& settings) noexcept;
  [[nodiscard]] Wait take_pair(Charge& charge, std::uint64_t source, const config::ThrottleSettings& settings) noexcept;
  [[nodiscard]] Wait take_subject(Charge& charge, const config::ThrottleSettings& settings) noexcept;
  void give_back_pair(const Charge& charge, std::uint64_t source, const config::ThrottleSettings& settings) noexcept;
  void forgive(const Charge& charge, std::uint32_t count) noexcept;

  const CacheKeyMaker& keys_;
  Clock& clock_;
  std::shared_ptr<Region> region_;
  KnownNetworks known_;
  GuessTable<Refilling> pairs_;
  GuessTable<Refilling> sources_;
  GuessTable<InARow> subjects_;
};

}  // namespace gatehouse::detail
