// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The log of this process, on standard error: one line each, with time (UTC) and level.
#include <functional>
#include <memory>
#include <string_view>

#include <gatehouse/runtime.hpp>

namespace gatehouse::cli {

/// Threads: write() from any. Copies share one sink.
class Log {
 public:
  Log();
  ~Log();
  Log(const Log&) = default;
  Log& operator=(const Log&) = default;

  void write(LogLevel level, std::string_view text) const noexcept;
  /// A line of the audit log, which no level leaves out.
  void audit(std::string_view line) const noexcept;
  /// From now on, in all copies, lines below `level` are left out.
  void set_level(LogLevel level) const noexcept;
  void info(std::string_view text) const noexcept { write(LogLevel::info, text); }
  void warning(std::string_view text) const noexcept { write(LogLevel::warning, text); }
  /// Each line of `text` is one.
  void error(std::string_view text) const noexcept;

  /// What the engine and the proxy are given.
  [[nodiscard]] std::function<void(LogLevel, std::string_view)> sink() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace gatehouse::cli
