// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One audit log: lines on their way to a sink, and the counts that become lines.
///
/// Whoever tells something never waits for the sink: lines go through a bounded queue to a thread of their own. What
/// has no room, or cannot be written, is lost and counted, and the count is told as soon as a line can be written
/// again. A decision does not depend on any of it. In inline mode there is no thread: a line is written by who tells
/// it.
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "audit/record.hpp"
#include "audit/sink.hpp"
#include "audit/tally.hpp"
#include "log/log_queue.hpp"
#include "runtime/clock.hpp"

namespace gatehouse::detail {

class Audit : public std::enable_shared_from_this<Audit> {
 public:
  static constexpr std::size_t max_queued_bytes = 4U * 1024 * 1024;
  static constexpr std::chrono::seconds cached_every{60};
  static constexpr std::chrono::seconds flood_every{10};

  /// `log` is told when lines begin to be lost, and how many were.
  Audit(std::unique_ptr<AuditSink> sink, LogQueue& log, Clock& clock, bool inline_calls);
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;

  /// One line. [any-thread]
  void tell(const AuditRecord& record) noexcept;
  /// A line, or in a flood a count. [any-thread]
  void tell_refusal(const AuditRecord& record, DecisionCode decision, Reason reason) noexcept;
  /// A login that memory granted: counted. [any-thread]
  void count_cached(const std::shared_ptr<const std::string>& realm, const DoorName& door,
                    const std::shared_ptr<const Answer>& answer) noexcept {
    cached_.add(realm, door, answer);
  }
  /// One that could not even be told. [any-thread]
  void lost_one() noexcept;
  /// False in inline mode: nobody would come to write what is counted.
  [[nodiscard]] bool counts() const noexcept { return !inline_; }

  /// Starts the thread. Throws std::system_error.
  void start();
  /// Writes what is there and ends the thread. One that a disk holds is left behind after two seconds. [may block]
  void stop() noexcept;
  /// Before the next line the sink is opened by its name again. [any-thread]
  void reopen() noexcept;

  /// Lines.
  [[nodiscard]] std::uint64_t written() const noexcept;
  /// Decisions that no line tells of, nor a count in one.
  [[nodiscard]] std::uint64_t lost() const noexcept;

  /// What the thread does when it wakes: writes what is queued and, when it is time, or `all` of it, what is counted.
  void work(bool all) noexcept;

 private:
  struct Line {
    WallTime time;
    std::uint64_t number = 0;
    std::uint64_t weight = 1;  ///< how many things it tells
    std::string body;
  };
  void run() noexcept;
  void add(std::string body, std::uint64_t weight) noexcept;
  void lose(std::uint64_t weight) noexcept;
  void add_counts(bool all);
  void write_queued() noexcept;
  void write_lost() noexcept;
  void notice_fault() noexcept;
  /// Called with mutex_.
  [[nodiscard]] SteadyTime next_wake() const noexcept;

  const std::unique_ptr<AuditSink> sink_;
  Clock& clock_;
  const bool inline_;
  CachedTally cached_;
  FloodTally flood_;

  mutable std::mutex mutex_;
  std::condition_variable wakes_;
  std::condition_variable ended_;
  LogQueue* log_;  ///< null once this was left behind
  std::deque<Line> queue_;
  std::size_t queued_bytes_ = 0;
  std::uint64_t last_number_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t lost_ = 0;         ///< ever
  std::uint64_t untold_lost_ = 0;  ///< of those, not yet told in a line
  bool reopen_ = false;
  bool ends_ = false;
  bool over_ = true;
  std::thread thread_;

  std::mutex writing_;  // of what follows, and of the sink
  bool faulty_ = false;
  WallTime cached_since_;
  WallTime flood_since_;
  SteadyTime cached_due_;
  SteadyTime flood_due_;
};

}  // namespace gatehouse::detail
