// SPDX-License-Identifier: Apache-2.0
#include "audit/realm_audit.hpp"

#include <algorithm>

#include "text/visible.hpp"

namespace gatehouse::detail {
namespace {

constexpr std::array<std::string_view, 3> told_attributes = {"client.address", "door", "request.id"};

std::string_view attribute(const Request& request, std::string_view name) noexcept {
  for (const Attribute& each : request.attributes) {
    if (each.name == name) return each.value;
  }
  return {};
}

std::string_view door_of(const Request& request) noexcept {
  const std::string_view door = attribute(request, "door");
  return door.empty() ? "library" : door;
}

std::string_view word_of(CredentialKind kind) noexcept {
  switch (kind) {
    case CredentialKind::password:
      return "password";
    case CredentialKind::bearer:
      return "bearer";
    case CredentialKind::response:
      return "response";
    case CredentialKind::none:
      break;
  }
  return "none";
}

std::string hash_of(std::string_view user, const CacheKeyMaker& keys) {
  constexpr std::size_t bytes = 8;
  const Digest digest = keys.name("audit user", user);
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text::append_hex(text, static_cast<char>(digest[i]));
  return text;
}

/// Who it is about, as far as a backend said so.
std::string_view subject_of(const Answer& answer) noexcept {
  return answer.identity.subject.empty() ? answer.claimed_subject : answer.identity.subject;
}

std::string_view backend_of(const Answer& answer) noexcept {
  if (!answer.identity.backend.empty()) return answer.identity.backend;
  return answer.steps.empty() ? std::string_view() : answer.steps.back().backend;
}

}  // namespace

bool is_known(const Answer& answer) noexcept {
  return !subject_of(answer).empty();
}

void RealmAudit::answered(const Request& request, const std::shared_ptr<const Answer>& answer,
                          std::chrono::nanoseconds time, const CacheKeyMaker& keys) const noexcept {
  if (!log_ || !answer) return;
  if (answer->cached && answer->code == DecisionCode::granted && mode_ != config::AuditMode::all && log_->counts()) {
    return log_->count_cached(realm_, DoorName(door_of(request)), answer);
  }
  try {
    tell(request, *answer, time, keys);
  } catch (...) {
    log_->lost_one();
  }
}

void RealmAudit::refused(const Request& request, const Answer& why, const CacheKeyMaker& keys) const noexcept {
  if (!log_) return;
  try {
    tell(request, why, std::chrono::nanoseconds(-1), keys);
  } catch (...) {
    log_->lost_one();
  }
}

void RealmAudit::left(const Request& request, std::chrono::nanoseconds time, const CacheKeyMaker& keys) const noexcept {
  if (!log_) return;
  try {
    const std::string hash = request.user.empty() ? std::string() : hash_of(request.user, keys);
    const AuditRecord record{.event = "left",
                             .realm = *realm_,
                             .door = door_of(request),
                             .credential = word_of(request.credential),
                             .user = shows_all_ ? request.user : std::string_view(),
                             .user_hash = hash,
                             .source = attribute(request, "client.address"),
                             .request = attribute(request, "request.id"),
                             .latency = std::chrono::duration_cast<std::chrono::microseconds>(time),
                             .snapshot = snapshot_};
    if (mode_ == config::AuditMode::all) {
      log_->tell(record);
    } else {
      log_->tell_refusal(record, DecisionCode::unavailable, Reason::none);
    }
  } catch (...) {
    log_->lost_one();
  }
}

void RealmAudit::tell(const Request& request, const Answer& answer, std::chrono::nanoseconds time,
                      const CacheKeyMaker& keys) const {
  const bool shown = is_known(answer) || shows_all_;
  const std::string hash = request.user.empty() ? std::string() : hash_of(request.user, keys);
  const AuditRecord record{
      .realm = *realm_,
      .door = door_of(request),
      .credential = word_of(request.credential),
      .user = shown ? request.user : std::string_view(),
      .user_hash = hash,
      .subject = subject_of(answer),
      .source = attribute(request, "client.address"),
      .decision = to_string(answer.code),
      .reason = answer.reason == Reason::none ? std::string_view() : to_string(answer.reason),
      .backend = backend_of(answer),
      .detail = answer.code == DecisionCode::granted ? std::string_view() : std::string_view(answer.detail),
      .request = attribute(request, "request.id"),
      .latency = time.count() < 0 ? std::chrono::microseconds(-1)
                                  : std::chrono::duration_cast<std::chrono::microseconds>(time),
      .cached = answer.cached,
      .snapshot = snapshot_};
  if (answer.code == DecisionCode::granted || mode_ == config::AuditMode::all) {
    log_->tell(record);
  } else {
    log_->tell_refusal(record, answer.code, answer.reason);
  }
}

AskedLater::AskedLater(const Request& request) : credential_(request.credential) {
  if (request.credential == CredentialKind::password) user_ = request.user;
  for (std::size_t i = 0; i < told_attributes.size(); ++i) {
    values_[i] = attribute(request, told_attributes[i]);
    attributes_[i] = {told_attributes[i], values_[i]};
  }
}

Request AskedLater::request() const noexcept {
  Request request;
  request.credential = credential_;
  request.user = user_;
  request.attributes = attributes_;
  return request;
}

}  // namespace gatehouse::detail
