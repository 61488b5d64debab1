// SPDX-License-Identifier: Apache-2.0
#include "file_watch.hpp"

#include <algorithm>
#include <system_error>

namespace gatehouse::htpasswd {

FileWatch::Step FileWatch::look(const Look& look, Milliseconds now, Milliseconds age) {
  const Milliseconds unseen = looked_at_ ? now - *looked_at_ : Milliseconds(0);
  looked_at_ = now;
  if (look.error == 0 && look.version == taken_) {
    pending_.reset();
    rejected_.reset();
    const bool recovered = !complaint_.empty();
    complaint_.clear();
    return {.wait = kIdle, .recovered = recovered};
  }
  const bool same =
      pending_ && pending_->look.error == look.error && (look.error != 0 || pending_->look.version == look.version);
  if (!same) {
    pending_ = Pending{look, now};
    if (look.error != 0 || unseen <= kShrunk) return {.wait = kStill};
    pending_->since -= std::clamp(age, Milliseconds(0), unseen);
  }
  if (look.error == 0 && rejected_ == look.version && now < retry_at_) return {.wait = kIdle};
  const Milliseconds needed = look.error == 0 && shrunk(look.version) ? kShrunk : kStill;
  const Milliseconds still = now - pending_->since;
  if (still < needed) return {.wait = needed - still};
  if (look.error == 0) return {.read = true, .wait = kIdle};

  const std::string problem = "is gone or out of reach: " + std::generic_category().message(look.error);
  return {.wait = kIdle, .complaint = complain(problem, now) ? problem : std::string{}};
}

bool FileWatch::taken(const FileVersion& version) noexcept {
  taken_ = version;
  pending_.reset();
  rejected_.reset();
  const bool recovered = !complaint_.empty();
  complaint_.clear();
  return recovered;
}

bool FileWatch::failed(const std::string& problem, const std::optional<FileVersion>& version, Milliseconds now) {
  rejected_ = version;
  retry_at_ = now + kRemind;
  return complain(problem, now);
}

bool FileWatch::complain(const std::string& problem, Milliseconds now) {
  if (problem == complaint_ && now < remind_at_) return false;
  complaint_ = problem;
  remind_at_ = now + kRemind;
  return true;
}

}  // namespace gatehouse::htpasswd
