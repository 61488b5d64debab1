// SPDX-License-Identifier: Apache-2.0
#pragma once
/// So many at once, of which one comes back each so often.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "region/guess_table.hpp"
#include "runtime/clock.hpp"

namespace gatehouse::detail {

/// Three years: a limit and an interval whose product is larger would not fit into Ticks.
inline constexpr std::uint64_t longest_debt = 1'000'000'000;

[[nodiscard]] inline Ticks ticks_of(std::chrono::milliseconds time) noexcept {
  return static_cast<Ticks>(std::clamp<std::int64_t>(time.count() / 100, 1, 1'000'000'000));
}

[[nodiscard]] inline Ticks ticks_at(SteadyTime time) noexcept {
  return static_cast<Ticks>(std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() /
                            100);
}

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

struct Allowance {
  std::uint32_t limit;
  Ticks every;

  /// What is counted with one more; none: there is none left, and `wait` says for how long.
  [[nodiscard]] std::optional<Guesses> take(const Guesses& g, Ticks now, Ticks& wait) const noexcept {
    const Ticks begins = std::max(g.time, now);
    const std::uint64_t owed = static_cast<std::uint64_t>(begins - now) + every;
    const std::uint64_t most = std::min(static_cast<std::uint64_t>(limit) * every, longest_debt);
    if (owed > most) {
      wait = static_cast<Ticks>(owed - most);
      return std::nullopt;
    }
    return Guesses{std::min(g.count + 1, most_guesses), begins + every};
  }
  [[nodiscard]] Guesses give_back(const Guesses& g) const noexcept {
    return {g.count > 0 ? g.count - 1 : 0, g.time > every ? g.time - every : 0};
  }
};

}  // namespace gatehouse::detail
