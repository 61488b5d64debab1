// SPDX-License-Identifier: Apache-2.0
#include "runtime/attempt.hpp"

#include <algorithm>

#include "region/source_network.hpp"

namespace gatehouse::detail {

std::string_view client_address(const Request& request) noexcept {
  for (const Attribute& attribute : request.attributes) {
    if (attribute.name == "client.address") return attribute.value;
  }
  return {};
}

Attempt::Attempt(Throttle& throttle, Clock& clock, const config::ThrottleSettings& settings, std::string_view realm,
                 const Request& request)
    : throttle_(throttle),
      clock_(clock),
      settings_(settings),
      realm_(realm),
      network_(source_network(client_address(request), {settings.ipv4_prefix, settings.ipv6_prefix})),
      typed_(request.credential == CredentialKind::password ? request.user : std::string_view()),
      counts_for_source_(request.credential != CredentialKind::bearer),
      source_(throttle.source(network_)) {}

Attempt::~Attempt() {
  if (!begun_ || settled_) return;
  const auto visit = throttle_.visit();
  if (!visit) return;
  throttle_.give_back(charge_, source_, settings_);
  throttle_.give_back_source(counted_source(), settings_);
}

bool Attempt::begin() {
  const std::lock_guard lock(mutex_);
  const Throttle::Account typed = throttle_.account(typed_, realm_);
  if (const auto wait = throttle_.take_source(counted_source(), typed, settings_)) {
    refused(*wait, {});
    return false;
  }
  if (const auto wait = throttle_.take_typed(charge_, typed, source_, settings_)) {
    throttle_.give_back_source(counted_source(), settings_);
    refused(*wait, typed_);
    return false;
  }
  begun_ = true;
  return true;
}

bool Attempt::claim(std::string_view subject) {
  const std::lock_guard lock(mutex_);
  const auto visit = throttle_.visit();
  if (!visit || !begun_ || settled_) return false;
  if (const auto wait = throttle_.take_claimed(charge_, throttle_.account(subject, realm_), source_, settings_)) {
    refused(*wait, subject);
    return false;
  }
  return true;
}

void Attempt::was_wrong() noexcept {
  const std::lock_guard lock(mutex_);
  settled_ = true;
}

void Attempt::was_right(std::string_view subject) noexcept {
  const std::lock_guard lock(mutex_);
  if (!begun_ || settled_) return;
  settled_ = true;
  throttle_.give_back_source(counted_source(), settings_);
  // Also of who did not claim: what counts for the typed name is taken back, and who it was is remembered.
  if (throttle_.take_claimed(charge_, throttle_.account(subject, realm_), source_, settings_)) return;
  throttle_.succeeded(charge_, source_, settings_);
}

void Attempt::refused(std::chrono::seconds wait, std::string_view subject_text) {
  wait_ = std::max(wait, std::chrono::seconds(1));
  throttle_.notices.put({.subject = throttle_.account(subject_text, realm_).counted,
                         .source = source_,
                         .subject_text = subject_text,
                         .source_text = network_},
                        clock_.steady() + wait_);
}

std::chrono::seconds Attempt::retry_after() const {
  const std::lock_guard lock(mutex_);
  return wait_;
}

}  // namespace gatehouse::detail
