// SPDX-License-Identifier: Apache-2.0
#include "region/throttle.hpp"

#include <algorithm>
#include <array>

#include "region/record_check.hpp"

namespace gatehouse::detail {
namespace {

constexpr std::size_t known_ways = 8;
/// Above the limit, and from elsewhere than where the account's owner usually is.
constexpr Ticks between_tries = 60 * 10;

/// Three years: a limit and an interval whose product is larger would not fit into Ticks.
constexpr std::uint64_t longest_debt = 1'000'000'000;

Ticks ticks_of(std::chrono::milliseconds time) noexcept {
  return static_cast<Ticks>(std::clamp<std::int64_t>(time.count() / 100, 1, 1'000'000'000));
}

std::chrono::seconds seconds_of(Ticks ticks) noexcept {
  return std::chrono::seconds((ticks + 9) / 10);
}

/// Takes one of `limit` guesses of which one comes back each `every`.
template <typename Table>
Throttle::Wait take(Table& table, std::uint64_t name, Ticks now, std::uint32_t limit, Ticks every) noexcept {
  Ticks wait = 0;
  const bool taken = table.update(name, now, [&](const Guesses& g) -> std::optional<Guesses> {
    const Ticks begins = std::max(g.time, now);
    const std::uint64_t owed = static_cast<std::uint64_t>(begins - now) + every;
    const std::uint64_t most = std::min(static_cast<std::uint64_t>(limit) * every, longest_debt);
    if (owed > most) {
      wait = static_cast<Ticks>(owed - most);
      return std::nullopt;
    }
    return Guesses{std::min(g.count + 1, most_guesses), begins + every};
  });
  if (taken) return std::nullopt;
  return seconds_of(wait);
}

template <typename Table>
void give_back(Table& table, std::uint64_t name, Ticks every) noexcept {
  table.update_known(name, [&](const Guesses& g) {
    return Guesses{g.count > 0 ? g.count - 1 : 0, g.time > every ? g.time - every : 0};
  });
}

}  // namespace

Throttle::Throttle(std::shared_ptr<Region> region, const CacheKeyMaker& keys, Clock& clock) noexcept
    : notices(region, keys),
      keys_(keys),
      clock_(clock),
      region_(std::move(region)),
      known_good_(region_->part(Part::known_good)),
      pairs_(region_->part(Part::pairs)),
      sources_(region_->part(Part::sources)),
      subjects_(region_->part(Part::subjects)) {}

Ticks Throttle::now() const noexcept {
  return static_cast<Ticks>(
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady().time_since_epoch()).count() / 100);
}

std::uint64_t Throttle::source(std::string_view network) const noexcept {
  return network.empty() ? 0 : word_of(keys_.name("source", network), 0) | 1U;
}

std::uint64_t Throttle::subject(std::string_view name, std::string_view realm) const noexcept {
  if (name.empty()) return 0;
  std::array<char, 640> folded{};
  if (name.size() > folded.size()) return word_of(keys_.name("subject", name, realm), 0) | 1U;
  std::transform(name.begin(), name.end(), folded.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return word_of(keys_.name("subject", {folded.data(), name.size()}, realm), 0) | 1U;
}

std::uint64_t Throttle::pair(std::uint64_t subject, std::uint64_t source) noexcept {
  const std::array<std::uint64_t, 2> words = {subject, source};
  return record_check({subject, source}, words);
}

Throttle::Wait Throttle::take_source(std::uint64_t source, const config::ThrottleSettings& settings) noexcept {
  if (source == 0 || settings.source_failures == 0) return std::nullopt;
  return take(sources_, source, now(), settings.source_failures, ticks_of(settings.source_failures_every));
}

void Throttle::give_back_source(std::uint64_t source, const config::ThrottleSettings& settings) noexcept {
  if (source == 0 || settings.source_failures == 0) return;
  give_back(sources_, source, ticks_of(settings.source_failures_every));
}

Throttle::Wait Throttle::take_account(std::uint64_t subject, std::uint64_t source,
                                      const config::ThrottleSettings& settings) noexcept {
  if (subject == 0) return std::nullopt;
  const Ticks at = now();
  const bool by_pair = source != 0 && settings.failures != 0;
  const Ticks every = ticks_of(settings.failures_every);
  if (by_pair) {
    if (auto wait = take(pairs_, pair(subject, source), at, settings.failures, every)) return wait;
  }
  if (settings.subject_failures == 0) return std::nullopt;
  const bool good = is_known_good(subject, source, settings);
  Ticks wait = 0;
  const bool taken = subjects_.update(subject, at, [&](const Guesses& g) -> std::optional<Guesses> {
    const std::uint32_t before = InARow::left(g, at);
    const Ticks passed = at > g.time ? at - g.time : 0;
    if (!good && before >= settings.subject_failures && passed < between_tries) {
      wait = between_tries - passed;
      return std::nullopt;
    }
    return Guesses{std::min(before + 1, most_guesses), at};
  });
  if (taken) return std::nullopt;
  if (by_pair) give_back(pairs_, pair(subject, source), every);
  return seconds_of(wait);
}

void Throttle::give_back_account(std::uint64_t subject, std::uint64_t source,
                                 const config::ThrottleSettings& settings) noexcept {
  if (subject == 0) return;
  if (source != 0 && settings.failures != 0) {
    give_back(pairs_, pair(subject, source), ticks_of(settings.failures_every));
  }
  if (settings.subject_failures == 0) return;
  subjects_.update_known(subject, [](const Guesses& g) { return Guesses{g.count > 0 ? g.count - 1 : 0, g.time}; });
}

void Throttle::succeeded(std::uint64_t subject, std::uint64_t source) noexcept {
  if (subject == 0) return;
  // Of this guess, which was none, and of those that were wrong from here.
  const std::uint32_t forgiven = source == 0 ? 1 : std::max(1U, pairs_.take(pair(subject, source)).count);
  subjects_.update_known(subject, [&](const Guesses& g) {
    return Guesses{g.count > forgiven ? g.count - forgiven : 0, g.time};
  });
  if (source != 0) remember_good(subject, source);
}

// One word for each: a name, and when it was good last. An account has its places in one set, so that whoever comes
// from everywhere crowds out few others.
bool Throttle::is_known_good(std::uint64_t subject, std::uint64_t source,
                             const config::ThrottleSettings& settings) const noexcept {
  if (source == 0) return false;
  const std::uint64_t tag = pair(subject, source) >> 32U | 1U;
  const std::uint64_t at = now() / 10;
  const auto set = known_good_.subspan(subject % (known_good_.size() / known_ways) * known_ways, known_ways);
  return std::any_of(set.begin(), set.end(), [&](const Word& word) {
    const std::uint64_t value = word.load();
    const auto last = value & 0xFFFFFFFFU;
    return value >> 32U == tag && at - last <= static_cast<std::uint64_t>(settings.known_good.count() / 1000);
  });
}

void Throttle::remember_good(std::uint64_t subject, std::uint64_t source) noexcept {
  const std::uint64_t tag = pair(subject, source) >> 32U | 1U;
  const std::uint64_t value = tag << 32U | (now() / 10);
  const auto set = known_good_.subspan(subject % (known_good_.size() / known_ways) * known_ways, known_ways);
  const auto own = std::find_if(set.begin(), set.end(), [&](const Word& word) { return word.load() >> 32U == tag; });
  const auto oldest = std::min_element(set.begin(), set.end(), [](const Word& a, const Word& b) {
    return (a.load() & 0xFFFFFFFFU) < (b.load() & 0xFFFFFFFFU);
  });
  (own != set.end() ? own : oldest)->store(value);
}

void Throttle::clear(std::string_view name, std::string_view realm) {
  const std::uint64_t who = subject(name, realm);
  static_cast<void>(subjects_.take(who));
  for (const std::uint64_t from : notices.sources_of(who)) static_cast<void>(pairs_.take(pair(who, from)));
  notices.clear(who);
}

void Throttle::clear() noexcept {
  pairs_.clear();
  sources_.clear();
  subjects_.clear();
  notices.clear();
}

}  // namespace gatehouse::detail
