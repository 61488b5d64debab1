// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Log lines on their way to the host. Any thread adds; the host's sink is called only where the host expects it.
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <gatehouse/runtime.hpp>

#include "runtime/clock.hpp"

namespace gatehouse::detail {

/// Makes one line of any text: controls, invalid UTF-8 and bidirectional overrides become \xHH, and what is over 1 KiB
/// is cut. One call, one line.
[[nodiscard]] std::string log_safe(std::string_view text);

class LogQueue {
 public:
  using Sink = std::function<void(LogLevel, std::string_view)>;
  using AuditSink = std::function<void(std::string_view)>;
  static constexpr std::size_t capacity = 1024;
  static constexpr std::uint64_t per_second = 20;

  /// Without an audit sink of its own an audit line is one of level info that no level leaves out.
  LogQueue(Sink sink, LogLevel level, AuditSink audit_sink = {})
      : sink_(std::move(sink)), audit_sink_(std::move(audit_sink)), first_level_(level), level_(level) {}

  /// Adds a line, or counts it as dropped when the queue is full. Never blocks on the sink. [any-thread]
  void add(LogLevel level, std::string_view text) noexcept;
  /// The same for lines that strangers cause: at most per_second of them, then a line that counts the others.
  /// [any-thread]
  void add_limited(LogLevel level, std::string_view text, SteadyTime now) noexcept;
  /// Adds an audit line, which is safe to show as it is. False: there is no room, or nobody who would take it.
  /// [any-thread]
  [[nodiscard]] bool add_audit(std::string_view text) noexcept;
  /// Hands what is queued to the sink. If another thread is delivering, it returns at once and that one does it.
  /// [any-thread]
  void deliver() noexcept;
  /// The level that the configuration with this number asks for. What the newest that is held asks for counts, and
  /// without any the level of the constructor.
  void hold_level(std::uint64_t number, LogLevel level);
  void drop_level(std::uint64_t number) noexcept;
  /// Called after a line is added, to wake the host. Set before threads start.
  void on_line(std::function<void()> notify) { notify_ = std::move(notify); }

 private:
  /// False if the sink threw. Called with delivery_.
  bool deliver_all() noexcept;
  bool is_empty() noexcept;

  struct Line {
    LogLevel level = LogLevel::info;
    std::string text;
    bool audit = false;
  };

  Sink sink_;
  AuditSink audit_sink_;
  std::function<void()> notify_;
  std::mutex mutex_;
  std::mutex delivery_;
  const LogLevel first_level_;
  std::map<std::uint64_t, LogLevel> levels_;
  LogLevel level_;  ///< that of them which counts
  std::deque<Line> lines_;
  std::size_t audits_ = 0;
  std::uint64_t dropped_ = 0;
  std::mutex limit_;
  SteadyTime second_{};
  std::uint64_t this_second_ = 0;
};

}  // namespace gatehouse::detail
