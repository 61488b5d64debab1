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
  give_back_account();
  throttle_.give_back_source(counted_source(), settings_);
}

bool Attempt::begin() {
  const std::lock_guard lock(mutex_);
  if (const auto wait = throttle_.take_source(counted_source(), settings_)) {
    refused(*wait, {});
    return false;
  }
  const std::uint64_t account = throttle_.subject(typed_, realm_);
  if (const auto wait = throttle_.take_account(account, source_, settings_)) {
    throttle_.give_back_source(counted_source(), settings_);
    refused(*wait, typed_);
    return false;
  }
  account_ = account;
  begun_ = true;
  return true;
}

bool Attempt::claim(std::string_view subject) {
  const std::lock_guard lock(mutex_);
  if (!begun_ || settled_) return false;
  const std::uint64_t account = throttle_.subject(subject, realm_);
  if (account == account_) return true;
  give_back_account();
  if (const auto wait = throttle_.take_account(account, source_, settings_)) {
    refused(*wait, subject);
    return false;
  }
  account_ = account;
  return true;
}

void Attempt::was_wrong() noexcept {
  const std::lock_guard lock(mutex_);
  settled_ = true;
}

void Attempt::was_right(std::string_view subject) {
  const std::lock_guard lock(mutex_);
  if (!begun_ || settled_) return;
  settled_ = true;
  throttle_.give_back_source(counted_source(), settings_);
  const std::uint64_t account = throttle_.subject(subject, realm_);
  if (account != account_) {
    // The backend did not claim: what counts for the typed name is taken back, and who it was is remembered.
    give_back_account();
    if (throttle_.take_account(account, source_, settings_)) return;
  }
  throttle_.succeeded(account, source_);
}

void Attempt::give_back_account() noexcept {
  throttle_.give_back_account(account_, source_, settings_);
  account_ = 0;
}

void Attempt::refused(std::chrono::seconds wait, std::string_view subject_text) {
  wait_ = std::max(wait, std::chrono::seconds(1));
  throttle_.notices.put({.subject = throttle_.subject(subject_text, realm_),
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
