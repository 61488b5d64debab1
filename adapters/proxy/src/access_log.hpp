// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One line for each request that was answered, in the shape of Apache's "combined" log:
///   CLIENT - USER [TIME] "METHOD TARGET HTTP/1.1" STATUS BYTES "-" "USER-AGENT" SECONDS REQUEST
///
/// What callers wrote is escaped: a line is one request, and nothing in it can drive a terminal. Nothing of a
/// credential, cookie or referrer is written; the query only where the operator asks for it.
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gatehouse/output.hpp>
#include <gatehouse/result.hpp>

namespace gatehouse::proxy {

struct AccessEntry {
  std::string_view client;  ///< empty: "-", as all below
  std::string_view user;
  std::string_view method;
  std::string_view target;
  int minor = 1;
  int status = 0;
  std::uint64_t bytes = 0;  ///< of the response's body
  std::string_view agent;
  std::string_view request;  ///< its name in the audit log
  std::chrono::steady_clock::duration time{};
};

class AccessLog {
 public:
  /// "stderr", or a file that is appended to and made, mode 0640, if it is not there. Where nobody reads what is
  /// written lines are lost; writing does not wait.
  [[nodiscard]] static Result<std::shared_ptr<const AccessLog>> open(const std::string& target, bool with_query);
  /// Whether open() would take `target`; nothing is made. Empty: no log.
  [[nodiscard]] static Result<void> check(const std::string& target);

  /// Appends the line to `out`.
  void add(std::string& out, const AccessEntry& entry, std::chrono::system_clock::time_point now) const;
  /// Opens the file by its name again, unless it is stderr. False: it goes on with the old one. [any-thread]
  [[nodiscard]] bool reopen() const noexcept;
  /// Writes whole lines; false: something of them is lost. [any-thread]
  [[nodiscard]] bool write(std::string_view lines) const noexcept;

 private:
  AccessLog(std::string target, std::unique_ptr<system::Output> output, bool with_query) noexcept
      : target_(std::move(target)), output_(std::move(output)), with_query_(with_query) {}

  const std::string target_;
  const std::unique_ptr<system::Output> output_;
  bool with_query_;
};

}  // namespace gatehouse::proxy
