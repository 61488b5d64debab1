// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What one realm of one snapshot tells its audit log: which answers, and how much of what was typed.
///
/// Rationale: people type their password where the user name belongs. A name is therefore shown only if a backend knows
/// whom it means; of every other one a short hash is, made with a key that only the region holds. Equal names have
/// equal hashes, so that a series of guesses at one name is seen, and joined to the line in which that name is shown.
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <gatehouse/decision.hpp>
#include <gatehouse/request.hpp>

#include "audit/audit.hpp"
#include "config/document.hpp"
#include "region/cache_key.hpp"

namespace gatehouse::detail {

/// Whether a backend has said whom this answer is about, so that the name that was typed is none of something else.
[[nodiscard]] bool is_known(const Answer& answer) noexcept;

class RealmAudit {
 public:
  /// Tells nothing.
  RealmAudit() = default;
  RealmAudit(std::shared_ptr<Audit> log, const config::AuditSettings& settings, const std::string& realm,
             std::uint64_t snapshot)
      : log_(std::move(log)),
        mode_(settings.mode),
        is_in_log_(settings.sink == "log"),
        shows_all_(settings.unknown_users == config::UnknownUsers::plain),
        realm_(std::make_shared<const std::string>(realm)),
        snapshot_(snapshot) {}

  /// A caller is given this answer. A cached grant allocates nothing, unless each has its line. [any-thread]
  void answered(const Request& request, const std::shared_ptr<const Answer>& answer, std::chrono::nanoseconds time,
                const CacheKeyMaker& keys) const noexcept;
  /// A door refuses for a reason of its own. [any-thread]
  void refused(const Request& request, const Answer& why, const CacheKeyMaker& keys) const noexcept;
  /// Nobody waited for the answer. [any-thread]
  void left(const Request& request, std::chrono::nanoseconds time, const CacheKeyMaker& keys) const noexcept;

  [[nodiscard]] bool on() const noexcept { return log_ != nullptr; }
  /// Its lines stand among those of the log.
  [[nodiscard]] bool is_in_log() const noexcept { return on() && is_in_log_; }
  /// The names that no backend knows may be shown.
  [[nodiscard]] bool shows_all() const noexcept { return shows_all_; }

 private:
  void tell(const Request& request, const Answer& answer, std::chrono::nanoseconds time,
            const CacheKeyMaker& keys) const;

  std::shared_ptr<Audit> log_;
  config::AuditMode mode_ = config::AuditMode::off;
  bool is_in_log_ = false;
  bool shows_all_ = false;
  std::shared_ptr<const std::string> realm_;
  std::uint64_t snapshot_ = 0;
};

/// What the audit needs of a question whose caller does not wait: a copy without anything secret.
class AskedLater {
 public:
  explicit AskedLater(const Request& request);
  [[nodiscard]] Request request() const noexcept;

 private:
  CredentialKind credential_;
  std::string user_;
  std::array<std::string, 3> values_;
  std::array<Attribute, 3> attributes_;
};

}  // namespace gatehouse::detail
