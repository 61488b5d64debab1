// SPDX-License-Identifier: Apache-2.0
#include "remote_keys.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::oidc {
namespace {

/// More callers than that do not wait for one fetch: they would occupy the workers that others need.
constexpr unsigned kMostWaiting = 2;
constexpr milliseconds kLongestRetry{60'000};
/// So long a fetch goes on without looking whether the host ends: it waits two seconds for background work.
constexpr milliseconds kPiece{1'000};
/// So often a caller who waits looks whether anybody waits for him.
constexpr milliseconds kLook{100};

}  // namespace

RemoteKeys::RemoteKeys(plugin::Host host, const HttpClient& http, RemoteKeyRules rules)
    : host_(host), http_(http), rules_(std::move(rules)) {}

void RemoteKeys::refresh() {
  host_.wake_after(rules_.refetch_interval);  // first of all: whatever happens below, there is a next time
  if (!fetch_) {
    const std::lock_guard lock(mutex_);
    const auto now = host_.monotonic();
    if (!wanted_ && tries_ != 0 && now < due_) {
      host_.wake_after(due_ - now);
      return;
    }
    fetch_.emplace(http_, rules_.issuer, rules_.jwks_uri.empty() ? found_ : rules_.jwks_uri);
  }
  auto fetched = fetch_->go_on(kPiece);
  if (!fetched) {
    host_.wake_after(milliseconds(0));
    return;
  }
  found_ = fetch_->jwks_uri();
  fetch_.reset();
  if (*fetched) {
    take(std::move(**fetched));
  } else {
    fail(fetched->problem());
  }
}

/// Answers all who wait. Under the lock, as newer_than(): the last one to say when to wake counts, and must know best.
void RemoteKeys::plan(milliseconds wait) {
  ++tries_;
  wanted_ = false;
  tried_ = host_.monotonic();
  due_ = tried_ + wait;
  host_.wake_after(wait);
  changed_.notify_all();
}

void RemoteKeys::take(KeySet fetched) {
  auto keys = std::make_shared<const KeySet>(std::move(fetched));
  bool same = false;
  bool recovered = false;
  {
    // Until the lock is gone nobody sees the new keys, and nobody is let in by what was remembered under the old ones.
    const std::lock_guard lock(mutex_);
    const Keys before = std::exchange(keys_, keys);
    same = before && before->name() == keys->name();
    if (!host_.set_state(keys->name()) && before && !same) host_.invalidate_all();
    fetched_ = host_.monotonic();
    recovered = !std::exchange(tried_well_, true);
    plan(rules_.refresh_interval);
  }
  failures_ = 0;
  if (!same) {
    for (const std::string& complaint : keys->complaints()) {
      host_.log(plugin::LogLevel::warning, "of the provider's keys is left out " + complaint);
    }
  }
  if (!same || recovered) {
    host_.log(plugin::LogLevel::info, "the provider has " + std::to_string(keys->size()) + " keys");
  }
}

void RemoteKeys::fail(const std::string& why) {
  found_.clear();  // perhaps they have moved
  bool had_keys = false;
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = std::exchange(tried_well_, false) || failures_ == 0;
    had_keys = unless_stale() != nullptr;
    const milliseconds wait = rules_.refetch_interval * (1U << std::min(failures_, 6U));
    plan(std::min(wait, std::max(kLongestRetry, rules_.refetch_interval)));
  }
  ++failures_;
  if (first || !had_keys) {
    host_.log(had_keys ? plugin::LogLevel::warning : plugin::LogLevel::error,
              "the provider's keys cannot be fetched: " + why +
                  (had_keys ? "; the last good ones stay in force" : "; nobody can come in"));
  }
}

Keys RemoteKeys::unless_stale() const {
  return keys_ && host_.monotonic() - fetched_ <= rules_.max_stale ? keys_ : nullptr;
}

Keys RemoteKeys::current() const {
  const std::lock_guard lock(mutex_);
  return unless_stale();
}

KeySource::Newer RemoteKeys::newer_than(const Keys& seen, milliseconds patience, const Wanted& wanted) const {
  std::unique_lock lock(mutex_);
  const auto answer = [&] { return Newer{.keys = unless_stale(), .certain = tried_well_}; };
  if (keys_ != seen) return answer();
  if (tries_ != 0 && host_.monotonic() - tried_ < rules_.refetch_interval) return answer();
  const auto not_certain = [&] { return Newer{.keys = unless_stale(), .certain = false}; };
  if (waiting_ == kMostWaiting) return not_certain();
  ++waiting_;
  if (!std::exchange(wanted_, true)) host_.wake_after(milliseconds(0));
  const auto before = tries_;
  const auto end = std::chrono::steady_clock::now() + patience;
  while (tries_ == before && std::chrono::steady_clock::now() < end && (!wanted || wanted())) {
    changed_.wait_until(lock, std::min(end, std::chrono::steady_clock::now() + kLook));
  }
  --waiting_;
  return tries_ == before ? not_certain() : answer();
}

}  // namespace gatehouse::oidc
