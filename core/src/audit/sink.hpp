// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Where audit lines go.
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <gatehouse/result.hpp>

#include "log/log_queue.hpp"
#include "runtime/clock.hpp"

namespace gatehouse::detail {

class AuditSink {
 public:
  virtual ~AuditSink() = default;
  /// Writes lines, which have no line end. Returns how many of them, from the first on, are written. One thread at a
  /// time. [may block, if a disk does]
  [[nodiscard]] virtual std::size_t write(std::span<const std::string> lines, SteadyTime now) noexcept = 0;
  /// Opens what it writes to by its name again.
  virtual void reopen() noexcept {}
  /// What went wrong last; empty: nothing.
  [[nodiscard]] virtual std::string fault() const { return {}; }
};

/// A regular file that is appended to and made, mode 0640, if it is not there; or a named pipe or device. Written
/// without waiting, but for a disk. When the name stands for another file, because the old one was rotated away, that
/// other one is written to.
///
/// A disk that is full or broken is no error here: the sink is made, and write() goes on trying. A name that cannot be
/// right is.
[[nodiscard]] Result<std::unique_ptr<AuditSink>> open_file_sink(const std::string& path);

/// Why such a sink could not be made, without making it; empty: it could.
[[nodiscard]] std::string file_sink_fault(const std::string& path);

/// The machine's log, as facility authpriv, without waiting and without touching what syslog() of this process uses.
[[nodiscard]] std::unique_ptr<AuditSink> make_syslog_sink(std::string socket = "/dev/log");

/// The rest of the log. `log` outlives it.
[[nodiscard]] std::unique_ptr<AuditSink> make_log_sink(LogQueue& log);

}  // namespace gatehouse::detail
