// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What an instance answers.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gatehouse/plugin/host.hpp>

namespace gatehouse::plugin {

/// Why a verdict is what it is. For the log; the caller does not see it.
enum class Reason : std::uint32_t {
  none = 0,
  no_credential = 1,
  bad_credential = 2,
  unknown_user = 3,
  disabled = 4,
  locked = 5,
  expired = 6,
  must_change = 7,
  insufficient = 8,
  timeout = 9,
  overload = 10,
  backend_error = 11,
  plugin_fault = 12,
  throttled = 13,
  malformed = 14,
  not_started = 15
};

/// A proven caller.
struct Identity {
  std::string subject{};  ///< canonical name: non-empty UTF-8 without control characters, at most 512 bytes
  std::vector<std::string> groups{};
  std::vector<std::pair<std::string, std::string>> attributes{};  ///< a name may repeat
  std::optional<WallTime> expiry{};
};

/// A backend's answer. Made by the functions below only: there is no default, and no way to grant by accident.
/// `detail` goes to the log and never holds a password, a token or a piece of one.
class [[nodiscard]] Verdict {
 public:
  Verdict() = delete;

  /// Proven.
  static Verdict granted(Identity identity) {
    return {GATEHOUSE_VERDICT_GRANTED, Reason::none, {}, std::move(identity)};
  }
  /// Known caller, wrong credential. Ends the chain.
  static Verdict denied(Reason reason = Reason::bad_credential, std::string detail = {}) {
    return {GATEHOUSE_VERDICT_DENIED, reason, std::move(detail), {}};
  }
  /// Unknown caller or a credential of no concern here. The next backend is asked.
  static Verdict not_mine(Reason reason = Reason::unknown_user, std::string detail = {}) {
    return {GATEHOUSE_VERDICT_NOT_MINE, reason, std::move(detail), {}};
  }
  /// Could not find out.
  static Verdict unavailable(std::string detail, Reason reason = Reason::backend_error) {
    return {GATEHOUSE_VERDICT_UNAVAILABLE, reason, std::move(detail), {}};
  }
  /// After Call::claim_subject() said no.
  static Verdict stopped() { return unavailable({}, Reason::throttled); }
  /// Proven, but lacks a required group or scope.
  static Verdict forbidden(Identity identity, std::string detail = {}) {
    return {GATEHOUSE_VERDICT_FORBIDDEN, Reason::insufficient, std::move(detail), std::move(identity)};
  }
  /// More is needed. Add the challenges with Call::add_challenge(), or give the only one here.
  static Verdict challenge(Reason reason = Reason::no_credential) {
    return {GATEHOUSE_VERDICT_CHALLENGE, reason, {}, {}};
  }
  static Verdict challenge(Call& call, const Challenge& challenge, Reason reason = Reason::no_credential) {
    if (!call.add_challenge(challenge)) return unavailable("challenge breaks a limit", Reason::plugin_fault);
    return Verdict::challenge(reason);
  }

  [[nodiscard]] gatehouse_verdict code() const noexcept { return code_; }
  [[nodiscard]] Reason reason() const noexcept { return reason_; }
  [[nodiscard]] const std::string& detail() const noexcept { return detail_; }
  [[nodiscard]] const Identity& identity() const noexcept { return identity_; }

 private:
  Verdict(gatehouse_verdict code, Reason reason, std::string detail, Identity identity)
      : code_(code), reason_(reason), detail_(std::move(detail)), identity_(std::move(identity)) {}

  gatehouse_verdict code_;
  Reason reason_;
  std::string detail_;
  Identity identity_;
};

}  // namespace gatehouse::plugin
