// SPDX-License-Identifier: Apache-2.0
#include "audit/audit.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "workers/thread.hpp"

namespace gatehouse::detail {
namespace {

constexpr std::chrono::seconds stop_grace{2};

}  // namespace

Audit::Audit(std::unique_ptr<AuditSink> sink, LogQueue& log, Clock& clock, bool inline_calls)
    : sink_(std::move(sink)),
      clock_(clock),
      inline_(inline_calls),
      log_(&log),
      cached_since_(clock.wall()),
      flood_since_(cached_since_),
      cached_due_(clock.steady() + cached_every),
      flood_due_(clock.steady() + flood_every) {}

void Audit::tell(const AuditRecord& record) noexcept {
  const std::uint64_t weight = std::max<std::uint64_t>(record.count, 1);
  try {
    add(audit_body(record), weight);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    ++last_number_;
    lose(weight);
  }
}

void Audit::lost_one() noexcept {
  const std::lock_guard lock(mutex_);
  ++last_number_;
  lose(1);
}

/// Called with mutex_.
void Audit::lose(std::uint64_t weight) noexcept {
  lost_ += weight;
  untold_lost_ += weight;
}

void Audit::tell_refusal(const AuditRecord& record, DecisionCode decision, Reason reason) noexcept {
  if (inline_ || flood_.admit(record.realm, record.door, decision, reason, clock_.steady())) tell(record);
}

void Audit::add(std::string body, std::uint64_t weight) noexcept {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    const std::uint64_t number = ++last_number_;
    const std::size_t size = body.size() + sizeof(Line);
    bool taken = queued_bytes_ + size <= max_queued_bytes;
    try {
      wake = taken && queue_.empty();
      if (taken) queue_.push_back({clock_.wall(), number, weight, std::move(body)});
    } catch (...) {
      taken = false;
    }
    if (taken) {
      queued_bytes_ += size;
    } else {
      lose(weight);
    }
  }
  if (inline_) {
    work(false);
  } else if (wake) {
    wakes_.notify_one();
  }
}

void Audit::start() {
  if (inline_) return;
  const std::lock_guard lock(mutex_);
  if (!over_) return;
  ends_ = false;
  cached_since_ = flood_since_ = clock_.wall();
  cached_due_ = clock_.steady() + cached_every;
  thread_ = start_thread("gh-audit", Priority::normal, [self = shared_from_this()] { self->run(); });
  over_ = false;
}

void Audit::run() noexcept {
  for (;;) {
    bool ends = false;
    {
      std::unique_lock lock(mutex_);
      wakes_.wait_until(lock, next_wake(), [&] { return ends_ || reopen_ || !queue_.empty(); });
      ends = ends_;
    }
    work(ends);
    if (!ends) continue;
    const std::lock_guard lock(mutex_);
    over_ = true;
    ended_.notify_all();
    return;
  }
}

SteadyTime Audit::next_wake() const noexcept {
  const SteadyTime now = clock_.steady();
  SteadyTime when = cached_due_;
  if (!flood_.empty()) when = std::min(when, flood_due_);
  if (untold_lost_ > 0) when = std::min(when, now + std::chrono::seconds(1));
  return when;
}

void Audit::stop() noexcept {
  std::thread ending;
  bool over = true;
  {
    std::unique_lock lock(mutex_);
    if (!thread_.joinable()) {
      lock.unlock();
      return work(true);
    }
    ends_ = true;
    wakes_.notify_all();
    over = ended_.wait_for(lock, stop_grace, [&] { return over_; });
    if (!over) log_ = nullptr;
    ending = std::move(thread_);
  }
  if (over) {
    ending.join();
    work(true);  // what was told while it ended
  } else {
    ending.detach();
  }
}

void Audit::reopen() noexcept {
  {
    const std::lock_guard lock(mutex_);
    reopen_ = true;
  }
  if (inline_) {
    work(false);
  } else {
    wakes_.notify_one();
  }
}

void Audit::work(bool all) noexcept {
  const std::lock_guard writing(writing_);
  bool reopen = false;
  {
    const std::lock_guard lock(mutex_);
    std::swap(reopen, reopen_);
  }
  if (reopen) sink_->reopen();
  try {
    add_counts(all);
  } catch (...) {
    // Out of memory: what was not taken out of its table stays there.
    static_cast<void>(all);
  }
  write_queued();
  write_lost();
}

void Audit::write_queued() noexcept {
  constexpr std::size_t lines_at_once = 256;
  for (;;) {
    std::vector<Line> taken;
    std::vector<std::string> lines;
    std::size_t bytes = 0;
    try {
      lines.reserve(lines_at_once);
      taken.reserve(lines_at_once);
    } catch (...) {
      return;  // they stay where they are
    }
    {
      const std::lock_guard lock(mutex_);
      if (queue_.empty()) return;
      while (!queue_.empty() && taken.size() < lines_at_once) {
        bytes += queue_.front().body.size() + sizeof(Line);
        taken.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    try {
      for (Line& line : taken) lines.push_back(audit_head(line.time, line.number, ::getpid()) + line.body);
    } catch (...) {
      // Out of memory: fewer lines than were taken, which are counted as lost.
      static_cast<void>(bytes);
    }
    const std::size_t written = sink_->write(lines, clock_.steady());
    {
      const std::lock_guard lock(mutex_);
      queued_bytes_ -= bytes;
      written_ += written;
      for (std::size_t i = written; i < taken.size(); ++i) lose(taken[i].weight);
    }
    if (written < taken.size()) notice_fault();
  }
}

void Audit::write_lost() noexcept {
  std::uint64_t count = 0;
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    count = untold_lost_;
    if (count == 0) return;
    number = ++last_number_;
  }
  try {
    const AuditRecord told{.event = "lost", .count = count};
    const std::vector<std::string> line{audit_head(clock_.wall(), number, ::getpid()) + audit_body(told)};
    if (sink_->write(line, clock_.steady()) == 0) return;
    {
      const std::lock_guard lock(mutex_);
      untold_lost_ -= count;
      ++written_;
      if (log_ != nullptr) {
        log_->add(LogLevel::warning,
                  "audit: " + std::to_string(count) + " decisions are not in it; it is written again");
      }
    }
    faulty_ = false;
  } catch (...) {
    return;  // out of memory: the next time
  }
}

void Audit::notice_fault() noexcept {
  if (faulty_) return;
  try {
    const std::string fault = sink_->fault();
    if (fault.empty()) return;
    faulty_ = true;
    const std::lock_guard lock(mutex_);
    if (log_ != nullptr) log_->add(LogLevel::error, "audit: " + fault + "; lines are lost, logins go on");
  } catch (...) {
    return;
  }
}

void Audit::add_counts(bool all) {
  if (inline_) return;
  const SteadyTime now = clock_.steady();
  if (all || now >= flood_due_) {
    for (const FloodTally::Entry& entry : flood_.take()) {
      tell({.event = "refusals",
            .realm = entry.realm,
            .door = entry.door,
            .decision = entry.reason == Reason::none ? std::string_view() : to_string(entry.decision),
            .reason = entry.reason == Reason::none ? std::string_view() : to_string(entry.reason),
            .count = entry.count,
            .since_ms = flood_since_.time_since_epoch().count()});
    }
    flood_since_ = clock_.wall();
    flood_due_ = now + flood_every;
  }
  if (all || now >= cached_due_) {
    for (const CachedTally::Entry& entry : cached_.take()) {
      tell({.event = "cached",
            .realm = entry.realm ? std::string_view(*entry.realm) : std::string_view(),
            .door = entry.door.view(),
            .subject = entry.answer ? std::string_view(entry.answer->identity.subject) : std::string_view(),
            .decision = "granted",
            .backend = entry.answer ? std::string_view(entry.answer->identity.backend) : std::string_view(),
            .count = entry.count,
            .since_ms = cached_since_.time_since_epoch().count()});
    }
    cached_since_ = clock_.wall();
    cached_due_ = now + cached_every;
  }
}

std::uint64_t Audit::written() const noexcept {
  const std::lock_guard lock(mutex_);
  return written_;
}

std::uint64_t Audit::lost() const noexcept {
  const std::lock_guard lock(mutex_);
  return lost_;
}

}  // namespace gatehouse::detail
