// SPDX-License-Identifier: Apache-2.0
// What a flight remembers of its answer, and finds again.
#include <algorithm>

#include "runtime/flight.hpp"

namespace gatehouse::detail {
namespace {

/// A larger identity is asked for each time: what is remembered is bounded in entries, and this bounds an entry.
constexpr std::size_t max_remembered = 64 * 1024;

std::size_t size_of(const Identity& identity) noexcept {
  constexpr std::size_t per_text = sizeof(std::string);
  std::size_t size = identity.subject.size();
  for (const std::string& group : identity.groups) size += per_text + group.size();
  for (const auto& [name, value] : identity.attributes) size += 2 * per_text + name.size() + value.size();
  return size;
}

/// How long an answer may be remembered, of `longest`; none: not at all.
std::chrono::milliseconds time_to_keep(const BackendAnswer& answer, std::chrono::milliseconds longest,
                                       const Clock& clock) noexcept {
  if (answer.no_store) return {};
  if (!answer.cache_until_ms) return longest;
  // Compared before it is subtracted: a plugin may say any number.
  const std::int64_t now = clock.wall().time_since_epoch().count();
  if (*answer.cache_until_ms <= now) return {};
  return std::min(longest, std::chrono::milliseconds(*answer.cache_until_ms - now));
}

}  // namespace

bool Flight::has_aged() const noexcept {
  if (realm_->engine->memory->grants.flushes() != flushes_before_) return true;
  for (std::size_t i = 0; i < changes_before_.size(); ++i) {
    if (realm_->epochs[i]->any() != changes_before_[i]) return true;
  }
  return false;
}

void Flight::remember(const BackendAnswer& answer, const Answer& made) {
  Engine& engine = *realm_->engine;
  auto keep = time_to_keep(answer, realm_->cache.ttl, engine.clock);
  if (missed_ || keep.count() == 0 || request_->get().credential == CredentialKind::response ||
      size_of(made.identity) > max_remembered) {
    return;
  }
  const Epochs& granting = *realm_->epochs[index_];
  Conditions conditions;
  conditions.granting = index_;
  conditions.flushes = flushes_before_;
  for (std::size_t i = 0; i < index_; ++i) conditions.earlier += changes_before_[i];
  conditions.bucket = granting.bucket_of(answer.identity.subject);
  // Read first, compare then: whoever sees a subject's new number sees here that something moved.
  conditions.subject_epoch = granting.of(conditions.bucket);
  if (granting.any() != changes_before_[index_]) return;
  const auto asked = EpochChain(realm_->epochs).first(index_ + 1);
  if (!std::all_of(asked.begin(), asked.end(), [](const auto& epochs) { return epochs->current(); })) return;
  // Each credential has its own place in the last part of its time, so that not all end at once.
  const auto jitter = std::min(keep, realm_->cache.jitter.value_or(realm_->cache.ttl / 10));
  keep -= jitter * (word_of(key_, 3) % 1024) / 1024;
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(engine.clock.steady().time_since_epoch());
  for (const auto& epochs : asked) epochs->used(static_cast<std::uint64_t>(now.count()));
  engine.memory->grants.store(key_, made, conditions, engine.clock.steady() + keep);
}

void Flight::remember_refusal(const BackendAnswer& answer) {
  Engine& engine = *realm_->engine;
  const auto keep = time_to_keep(answer, realm_->cache.negative_ttl, engine.clock);
  if (keep.count() == 0 || realm_->cache.ttl.count() == 0 || !service_began_ ||
      request_->get().credential == CredentialKind::response)
    return;
  const auto asked = EpochChain(realm_->epochs).first(index_ + 1);
  if (!std::all_of(asked.begin(), asked.end(), [](const auto& epochs) { return epochs->current(); })) return;
  std::uint64_t changes = 0;
  for (const std::uint64_t before : changes_before_) changes += before;
  engine.memory->refusals.store(key_, attempt_.source(), asked.size(), changes, flushes_before_,
                                engine.clock.steady() + keep);
}

std::shared_ptr<const Answer> Flight::stale_grant() const noexcept {
  const auto stale = realm_->cache.stale_if_unavailable;
  if (stale.count() == 0) return nullptr;
  Engine& engine = *realm_->engine;
  // Whoever granted must be who cannot be asked now: what another one says is no reason to believe it still.
  const auto granting = engine.memory->grants.granting(key_);
  if (!granting || *granting >= down_.size() || !down_[*granting]) return nullptr;
  auto grant = engine.memory->grants.find(key_, realm_->epochs, GrantCache::Lookup::whole, stale);
  if (!grant) return nullptr;
  try {
    engine.log.add_limited(LogLevel::warning,
                           "realm " + realm_->name + ": " + realm_->chain[*granting]->settings.name +
                               " cannot be asked: a login counts that was remembered, past its time",
                           engine.clock.steady());
  } catch (...) {
    return grant;
  }
  return grant;
}

}  // namespace gatehouse::detail
