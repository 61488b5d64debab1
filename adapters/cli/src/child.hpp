// SPDX-License-Identifier: Apache-2.0
#pragma once
/// This program again, as a process that may crash or hang without harm.
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/result.hpp>

namespace gatehouse::cli {

/// Where a child reports, line by line. Its standard output is sent to standard error.
inline constexpr int report_fd = 3;

struct ChildEnd {
  bool timed_out = false;  ///< it was killed at the deadline
  int signal = 0;          ///< that ended it, or 0
  int status = 0;          ///< exit status, if neither
};

/// Runs `program` with `arguments` (without the name) and calls `on_line` for each line that it reports; lines over
/// 8 KiB are cut. Blocks until it has ended, at most `deadline`; no child outlives the call. SIGCHLD must have its
/// default disposition.
[[nodiscard]] Result<ChildEnd> run_child(const std::string& program, const std::vector<std::string>& arguments,
                                         std::chrono::milliseconds deadline,
                                         const std::function<void(std::string_view)>& on_line);

/// "SIGSEGV".
[[nodiscard]] std::string signal_name(int number);

}  // namespace gatehouse::cli
