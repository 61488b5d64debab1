// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The audit logs of a process, one for each sink: configurations that name the same one share it.
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <gatehouse/result.hpp>

#include "audit/audit.hpp"
#include "config/document.hpp"

namespace gatehouse::detail {

class AuditBook {
 public:
  /// `wanted`: false for a process that only looks at a configuration: nothing is opened. `has_log`: somebody takes the
  /// lines of the log.
  AuditBook(LogQueue& log, Clock& clock, bool inline_calls, bool wanted, bool has_log)
      : log_(log), clock_(clock), inline_(inline_calls), wanted_(wanted), has_log_(has_log) {}

  /// Null: nothing is to be told. [may block]
  [[nodiscard]] Result<std::shared_ptr<Audit>> open(const config::AuditSettings& settings);
  /// Ends those that no realm uses any more. [may block]
  void prune() noexcept;
  /// In the serving process. Throws std::system_error. [may block]
  void start();
  void stop() noexcept;
  void reopen() noexcept;

  struct Counts {
    std::uint64_t written = 0;
    std::uint64_t lost = 0;
  };
  [[nodiscard]] Counts counts() const noexcept;

 private:
  [[nodiscard]] Result<std::unique_ptr<AuditSink>> make_sink(const std::string& name) const;

  LogQueue& log_;
  Clock& clock_;
  const bool inline_;
  const bool wanted_;
  const bool has_log_;
  mutable std::mutex mutex_;
  bool started_ = false;
  Counts ended_;
  std::map<std::string, std::shared_ptr<Audit>> logs_;
};

}  // namespace gatehouse::detail
