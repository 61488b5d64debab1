// SPDX-License-Identifier: Apache-2.0
#include "key_fetch.hpp"

#include <utility>

#include "discovery.hpp"

namespace gatehouse::oidc {
namespace {

std::string other_status(long status) {
  return "it answers with status " + std::to_string(status);
}

Outcome<KeySet> keys_in(const HttpAnswer& answer) {
  if (answer.status != 200) return Problem{other_status(answer.status)};
  return KeySet::of_jwks(answer.body);
}

}  // namespace

KeyFetch::KeyFetch(const HttpClient& http, std::string issuer, std::string jwks_uri)
    : http_(http), issuer_(std::move(issuer)), jwks_uri_(std::move(jwks_uri)) {
  if (jwks_uri_.empty()) places_ = metadata_places(issuer_);
}

/// A Problem if this was the last place, or one that must not be passed over.
std::optional<Problem> KeyFetch::take_metadata(const HttpAnswer& answer) {
  if (answer.status == 404 && place_ + 1 < places_.size()) {
    ++place_;
    return std::nullopt;
  }
  if (answer.status != 200) return Problem{other_status(answer.status)};
  auto metadata = read_metadata(answer.body, issuer_, http_);
  if (!metadata) return Problem{metadata.problem()};
  if (metadata->jwks_uri.empty()) return Problem{"it names no jwks_uri"};
  jwks_uri_ = std::move(metadata->jwks_uri);
  return std::nullopt;
}

std::optional<Outcome<KeySet>> KeyFetch::go_on(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  for (;;) {
    const bool for_keys = !jwks_uri_.empty();
    if (!for_keys && places_.empty()) return Problem{"the issuer is no URL"};
    if (!asked_) {
      asked_.emplace(http_, for_keys ? jwks_uri_ : places_[place_], for_keys ? kLargestKeySet : kLargestMetadata);
    }
    const auto left = end - std::chrono::steady_clock::now();
    auto answer = asked_->go_on(std::chrono::duration_cast<std::chrono::milliseconds>(left));
    if (!answer) return std::nullopt;
    const auto about = [place = asked_->url()](const std::string& why) { return Problem{place + ": " + why}; };
    asked_.reset();
    if (!*answer) return about(answer->problem());
    if (for_keys) {
      auto keys = keys_in(**answer);
      return keys ? std::move(keys) : about(keys.problem());
    }
    if (auto wrong = take_metadata(**answer)) return about(wrong->text);
  }
}

}  // namespace gatehouse::oidc
