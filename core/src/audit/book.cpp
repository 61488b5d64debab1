// SPDX-License-Identifier: Apache-2.0
#include "audit/book.hpp"

#include <exception>
#include <utility>

namespace gatehouse::detail {

Result<std::unique_ptr<AuditSink>> AuditBook::make_sink(const std::string& name) const {
  if (name == "log") return make_log_sink(log_);
  if (name == "syslog") return make_syslog_sink();
  return open_file_sink(name);
}

Result<std::shared_ptr<Audit>> AuditBook::open(const config::AuditSettings& settings) {
  // The door that calls from a host of its own, PAM, writes a line of its own where nothing else is asked for.
  const bool asked = !inline_ || settings.given;
  if (!asked || settings.mode == config::AuditMode::off) return std::shared_ptr<Audit>();
  if (!wanted_) {
    if (settings.sink.starts_with('/')) {
      if (auto fault = file_sink_fault(settings.sink); !fault.empty()) return Error{std::move(fault)};
    }
    return std::shared_ptr<Audit>();
  }
  if (settings.sink == "log" && !has_log_) return std::shared_ptr<Audit>();
  const std::lock_guard lock(mutex_);
  if (const auto known = logs_.find(settings.sink); known != logs_.end()) return known->second;
  auto sink = make_sink(settings.sink);
  if (!sink) return sink.error();
  auto made = std::make_shared<Audit>(*std::move(sink), log_, clock_, inline_);
  if (started_) {
    try {
      made->start();
    } catch (const std::exception& e) {
      return Error{std::string("cannot start a thread: ") + e.what()};
    }
  }
  logs_.emplace(settings.sink, made);
  return made;
}

void AuditBook::prune() noexcept {
  const std::lock_guard lock(mutex_);
  for (auto next = logs_.begin(); next != logs_.end();) {
    const std::shared_ptr<Audit>& log = next->second;
    // Its thread holds it too.
    if (log.use_count() > (started_ && !inline_ ? 2 : 1)) {
      ++next;
      continue;
    }
    log->stop();
    ended_.written += log->written();
    ended_.lost += log->lost();
    next = logs_.erase(next);
  }
}

void AuditBook::start() {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, log] : logs_) log->start();
  started_ = true;
}

void AuditBook::stop() noexcept {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, log] : logs_) log->stop();
  started_ = false;
}

void AuditBook::reopen() noexcept {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, log] : logs_) log->reopen();
}

AuditBook::Counts AuditBook::counts() const noexcept {
  const std::lock_guard lock(mutex_);
  Counts all = ended_;
  for (const auto& [name, log] : logs_) {
    all.written += log->written();
    all.lost += log->lost();
  }
  return all;
}

}  // namespace gatehouse::detail
