// SPDX-License-Identifier: Apache-2.0
#include "question_valve.hpp"

#include <algorithm>

namespace gatehouse::oidc {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRest{1'000};
/// A provider that takes so long is slow ...
constexpr milliseconds kSlow{500};
/// ... and so many wait for a slow one: half of the usual number of workers.
constexpr std::ptrdiff_t kMostSlow = 4;
/// One without time says nothing of the provider. So many, and no answer in between, do.
constexpr int kMostGivenUp = 8;

}  // namespace

bool QuestionValve::begin(Time now) {
  const std::lock_guard lock(mutex_);
  if (now < rest_until_ || (doubtful_ && !out_.empty())) return false;
  const auto is_slow = [now](Time begun) { return now - begun >= kSlow; };
  if (std::count_if(out_.begin(), out_.end(), is_slow) >= kMostSlow) return false;
  out_.push_back(now);
  return true;
}

void QuestionValve::end(Time begun, Time now, End how) {
  const std::lock_guard lock(mutex_);
  if (const auto mine = std::find(out_.begin(), out_.end(), begun); mine != out_.end()) out_.erase(mine);
  switch (how) {
    case End::answered:
      doubtful_ = false;
      given_up_ = 0;
      break;
    case End::failed:
      doubtful_ = true;
      rest_until_ = now + kRest;
      break;
    case End::gave_up:
      given_up_ = std::min(given_up_ + 1, kMostGivenUp);
      if (now - begun >= kSlow || given_up_ == kMostGivenUp) doubtful_ = true;
      break;
    case End::not_asked:
      break;
  }
}

}  // namespace gatehouse::oidc
