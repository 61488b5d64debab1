// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One thing that is told in the audit log, and how it is written: one JSON object in one line, under 4 KiB, which a
/// terminal may show. The fields are described in docs/audit.md.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <gatehouse/decision.hpp>

namespace gatehouse::detail {

/// Borrows its texts. What is empty is not written.
struct AuditRecord {
  std::string_view event = "decision";
  std::string_view realm{};
  std::string_view door{};
  std::string_view credential{};
  std::string_view user{};       ///< as typed; only where it may be shown
  std::string_view user_hash{};  ///< of what was typed, with a key
  std::string_view subject{};
  std::string_view source{};
  std::string_view decision{};
  std::string_view reason{};
  std::string_view backend{};
  std::string_view detail{};
  std::string_view request{};
  std::chrono::microseconds latency{-1};  ///< negative: not written
  bool cached = false;
  std::uint64_t count = 0;     ///< of a summary; 0: not written
  std::int64_t since_ms = 0;   ///< when what a summary counts began; 0: not written
  std::uint64_t snapshot = 0;  ///< 0: not written
};

/// The members after those of audit_head(), and the closing brace. No line end.
[[nodiscard]] std::string audit_body(const AuditRecord& record);

/// The opening brace, the time and the number of a line: what is known only when it is queued.
[[nodiscard]] std::string audit_head(WallTime time, std::uint64_t number, std::int64_t process);

/// "2026-11-24T17:00:00.123Z"
[[nodiscard]] std::string utc_text(WallTime time);

}  // namespace gatehouse::detail
