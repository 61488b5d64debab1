// SPDX-License-Identifier: Apache-2.0
#include "region/throttle.hpp"

#include <algorithm>
#include <array>

#include "region/record_check.hpp"

namespace gatehouse::detail {
namespace {

/// Above the limit, and from elsewhere than where the account's owner usually is.
constexpr Ticks between_tries = 60 * 10;

std::chrono::seconds seconds_of(Ticks ticks) noexcept {
  return std::chrono::seconds((ticks + 9) / 10);
}

Allowance for_pair(const config::ThrottleSettings& settings) noexcept {
  return {settings.failures, ticks_of(settings.failures_every)};
}

Allowance for_source(const config::ThrottleSettings& settings) noexcept {
  return {settings.source_failures, ticks_of(settings.source_failures_every)};
}

}  // namespace

Throttle::Throttle(std::shared_ptr<Region> region, const CacheKeyMaker& keys, Clock& clock) noexcept
    : notices(region, keys),
      keys_(keys),
      clock_(clock),
      region_(std::move(region)),
      known_(region_->part(Part::known_good)),
      pairs_(region_->part(Part::pairs)),
      sources_(region_->part(Part::sources)),
      subjects_(region_->part(Part::subjects)) {}

Ticks Throttle::now() const noexcept {
  return ticks_at(clock_.steady());
}

KnownNetworks::Minutes Throttle::minute() const noexcept {
  return now() / 600;
}

std::uint64_t Throttle::source(std::string_view network) const noexcept {
  return network.empty() ? 0 : word_of(keys_.name("source", network), 0) | 1U;
}

Throttle::Account Throttle::account(std::string_view subject, std::string_view realm) const noexcept {
  if (subject.empty()) return {};
  std::array<char, 640> folded{};
  std::string_view plain = subject;
  if (subject.size() <= folded.size()) {
    std::transform(subject.begin(), subject.end(), folded.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    plain = {folded.data(), subject.size()};
  }
  const auto name = [&](std::string_view purpose, std::string_view text) {
    return word_of(keys_.name(purpose, text, realm), 0) | 1U;
  };
  Account account{name("subject", plain), name("spelling", plain), 0};
  account.plain = account.exact;
  if (plain != subject) account.exact = name("spelling", subject);
  return account;
}

// Those of one account are a family, so that they can be forgotten together.
std::uint64_t Throttle::pair(const Account& account, std::uint64_t source) noexcept {
  const std::array<std::uint64_t, 2> words = {account.counted, source};
  constexpr unsigned rest = 64 - decltype(pairs_)::family_bits;
  return (account.counted >> rest) << rest | (record_check({account.counted, source}, words) << 1U) >> (64 - rest) | 1U;
}

bool Throttle::knows(std::uint64_t name, std::uint64_t source,
                     const config::ThrottleSettings& settings) const noexcept {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(settings.known_good).count();
  constexpr std::int64_t longest = 1U << 23U;
  return source != 0 && known_.knows(name, source, minute(), static_cast<std::uint32_t>(std::min(minutes, longest)));
}

std::uint64_t Throttle::known_by_any_spelling(const Account& account, std::uint64_t source,
                                              const config::ThrottleSettings& settings) const noexcept {
  for (const std::uint64_t name : {account.exact, account.plain, account.counted}) {
    if (knows(name, source, settings)) return name;
  }
  return 0;
}

Throttle::Wait Throttle::take_source(std::uint64_t source, const Account& typed,
                                     const config::ThrottleSettings& settings) noexcept {
  if (source == 0 || settings.source_failures == 0) return std::nullopt;
  const Ticks at = now();
  Ticks wait = 0;
  bool placeless = false;
  const bool taken = sources_.update(source, at, [&](const Guesses& g, bool own) {
    placeless = !own;
    return for_source(settings).take(g, at, wait);
  });
  if (taken || (placeless && known_by_any_spelling(typed, source, settings) != 0)) return std::nullopt;
  return seconds_of(wait);
}

void Throttle::give_back_source(std::uint64_t source, const config::ThrottleSettings& settings) noexcept {
  if (source == 0 || settings.source_failures == 0) return;
  sources_.update_known(source, [&](const Guesses& g) { return for_source(settings).give_back(g); });
}

Throttle::Wait Throttle::take_typed(Charge& charge, const Account& account, std::uint64_t source,
                                    const config::ThrottleSettings& settings) noexcept {
  return take(charge, {account, known_by_any_spelling(account, source, settings)}, source, settings);
}

Throttle::Wait Throttle::take_claimed(Charge& charge, const Account& account, std::uint64_t source,
                                      const config::ThrottleSettings& settings) noexcept {
  if (account.exact == charge.account.exact && (charge.known == 0 || charge.known == account.exact)) {
    return std::nullopt;
  }
  Charge next{account, knows(account.exact, source, settings) ? account.exact : 0};
  if (account.counted != charge.account.counted) {
    give_back(charge, source, settings);
    return take(charge, next, source, settings);
  }
  // It stays counted for the subject, once: it may have been the one try of this minute.
  give_back_pair(charge, source, settings);
  Wait wait = charge.favoured && next.known == 0 ? seconds_of(between_tries) : take_pair(next, source, settings);
  if (wait) {
    forgive(charge, settings.subject_failures == 0 ? 0 : 1);
    charge = {};
    return wait;
  }
  next.favoured = charge.favoured;
  charge = next;
  return std::nullopt;
}

Throttle::Wait Throttle::take(Charge& charge, Charge next, std::uint64_t source,
                              const config::ThrottleSettings& settings) noexcept {
  charge = {};
  if (next.account.counted == 0) return std::nullopt;
  if (auto wait = take_pair(next, source, settings)) return wait;
  if (auto wait = take_subject(next, settings)) {
    give_back_pair(next, source, settings);
    return wait;
  }
  charge = next;
  return std::nullopt;
}

Throttle::Wait Throttle::take_pair(Charge& charge, std::uint64_t source,
                                   const config::ThrottleSettings& settings) noexcept {
  if (charge.account.counted == 0 || source == 0 || settings.failures == 0) return std::nullopt;
  const Ticks at = now();
  const Allowance allowance = for_pair(settings);
  Ticks wait = 0;
  if (charge.known != 0) {
    const auto taken =
        known_.update(charge.known, source, [&](const Guesses& g) { return allowance.take(g, at, wait); });
    if (taken && *taken) return std::nullopt;
    if (taken) return seconds_of(wait);
    charge.known = 0;  // it has just given way
  }
  const bool taken = pairs_.update(pair(charge.account, source), at,
                                   [&](const Guesses& g, bool) { return allowance.take(g, at, wait); });
  if (taken) return std::nullopt;
  return seconds_of(wait);
}

Throttle::Wait Throttle::take_subject(Charge& charge, const config::ThrottleSettings& settings) noexcept {
  if (settings.subject_failures == 0) return std::nullopt;
  const Ticks at = now();
  Ticks wait = 0;
  const bool taken =
      subjects_.update(charge.account.counted, at, [&](const Guesses& g, bool) -> std::optional<Guesses> {
        const std::uint32_t before = InARow::left(g, at);
        const Ticks passed = at > g.time ? at - g.time : 0;
        charge.favoured = before >= settings.subject_failures && passed < between_tries;
        if (charge.favoured && charge.known == 0) {
          wait = between_tries - passed;
          return std::nullopt;
        }
        return Guesses{std::min(before + 1, most_guesses), at};
      });
  if (taken) return std::nullopt;
  return seconds_of(wait);
}

void Throttle::give_back_pair(const Charge& charge, std::uint64_t source,
                              const config::ThrottleSettings& settings) noexcept {
  if (charge.account.counted == 0 || source == 0 || settings.failures == 0) return;
  const Allowance allowance = for_pair(settings);
  if (charge.known != 0) {
    known_.update(charge.known, source,
                  [&](const Guesses& g) -> std::optional<Guesses> { return allowance.give_back(g); });
  } else {
    pairs_.update_known(pair(charge.account, source), [&](const Guesses& g) { return allowance.give_back(g); });
  }
}

void Throttle::forgive(const Charge& charge, std::uint32_t count) noexcept {
  if (charge.account.counted == 0 || count == 0) return;
  subjects_.update_known(charge.account.counted, [&](const Guesses& g) {
    return Guesses{g.count > count ? g.count - count : 0, g.time};
  });
}

void Throttle::give_back(Charge& charge, std::uint64_t source, const config::ThrottleSettings& settings) noexcept {
  give_back_pair(charge, source, settings);
  forgive(charge, settings.subject_failures == 0 ? 0 : 1);
  charge = {};
}

void Throttle::succeeded(const Charge& charge, std::uint64_t source,
                         const config::ThrottleSettings& settings) noexcept {
  const Account& account = charge.account;
  if (account.counted == 0) return;
  // Of this guess, which was none, and of those that were wrong from here.
  std::uint32_t forgiven = 1;
  if (charge.known == account.exact) {
    forgiven = std::max(1U, known_.take(account.exact, source).count);
  } else {
    give_back_pair(charge, source, settings);
  }
  forgive(charge, settings.subject_failures == 0 ? 0 : forgiven);
  if (source == 0) return;
  known_.remember(account.exact, source, minute());
  // So that who types it otherwise gets as far as to where it is known whose it is.
  if (account.plain != account.exact) known_.remember(account.counted, source, minute());
}

void Throttle::clear(std::string_view subject, std::string_view realm) noexcept {
  const Account who = account(subject, realm);
  static_cast<void>(subjects_.take(who.counted));
  pairs_.clear_family(who.counted);
  for (const std::uint64_t name : {who.exact, who.plain, who.counted}) known_.forget_guesses(name);
  notices.clear(who.counted);
}

void Throttle::clear() noexcept {
  pairs_.clear();
  sources_.clear();
  subjects_.clear();
  known_.forget_guesses();
  notices.clear();
}

}  // namespace gatehouse::detail
