// SPDX-License-Identifier: Apache-2.0
/// The answers that come from a decision: the one table of docs/http.md.
#include <algorithm>

#include <gatehouse/http.hpp>

#include "asker.hpp"
#include "challenge.hpp"
#include "escape.hpp"
#include "page.hpp"
#include "response.hpp"

namespace gatehouse::http {
namespace {

constexpr std::chrono::seconds unavailable_wait{5};
constexpr std::chrono::seconds throttled_wait{30};
constexpr std::size_t max_location_size = 8000;

std::string_view how_to_sign_in(const Offer& offer) noexcept {
  const bool password = (offer.credentials & static_cast<CredentialKinds>(CredentialKind::password)) != 0;
  return password ? "A user name and a password are needed. Your browser asks for them when you try again."
                  : "This service takes access tokens, which a browser does not ask for.";
}

Answer refused(const Offer& offer, const Asker& asker, std::span<const Challenge> own) {
  const auto name = realm_text(offer.display_name);
  auto out = respond(asker, {.page = {.status = 401,
                                      .mood = Mood::sign_in,
                                      .headline = "Sign in to",
                                      .name = name,
                                      .sentence = how_to_sign_in(offer),
                                      .button = "Try again"},
                             .error_code = "UNAUTHENTICATED",
                             .message = "Sign in: the credentials are missing or not accepted."});
  for (auto& field : offered_challenges(offer, own)) out.headers.emplace_back("WWW-Authenticate", std::move(field));
  return out;
}

Answer forbidden(const Offer& offer, const Asker& asker, std::span<const Challenge> own) {
  auto out = respond(asker, {.page = {.status = 403,
                                      .mood = Mood::refused,
                                      .headline = "Not allowed",
                                      .sentence = "You are signed in, but your account may not do this."},
                             .error_code = "PERMISSION_DENIED",
                             .message = "You are signed in, but your account may not do this."});
  for (auto& field : own_challenges(offer, own)) out.headers.emplace_back("WWW-Authenticate", std::move(field));
  return out;
}

Answer throttled(std::chrono::seconds wait, const Asker& asker) {
  auto out = respond(asker, {.page = {.status = 429,
                                      .mood = Mood::wait,
                                      .headline = "Too many attempts",
                                      .sentence = "Please wait a moment before you try again.",
                                      .button = "Try again"},
                             .error_code = "RESOURCE_EXHAUSTED",
                             .message = "Too many attempts to sign in. Try again later."});
  add_retry_after(out, wait, throttled_wait);
  return out;
}

Answer unavailable(std::chrono::seconds wait, const Asker& asker) {
  auto out =
      respond(asker, {.page = {.status = 503,
                               .mood = Mood::wait,
                               .headline = "Try again in a moment",
                               .sentence = "Signing in does not work right now. Your password is not the reason.",
                               .button = "Try again"},
                      .error_code = "TEMPORARILY_UNAVAILABLE",
                      .message = "Signing in does not work right now. Try again in a moment."});
  add_retry_after(out, wait, unavailable_wait);
  return out;
}

/// An address of http or https, or a path of this host: anything else could make a browser run or read something.
bool acceptable_location(std::string_view location) noexcept {
  if (location.empty() || location.size() > max_location_size) return false;
  const bool clean = std::all_of(location.begin(), location.end(),
                                 [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '<'; });
  const bool path = location[0] == '/' && (location.size() == 1 || location[1] != '/');
  return clean && (path || location.starts_with("https://") || location.starts_with("http://"));
}

std::string_view location_of(const Decision& decision) noexcept {
  for (const auto& challenge : decision.challenges()) {
    if (challenge.kind != ChallengeKind::redirect) continue;
    for (const auto& [name, value] : challenge.parameters) {
      if (name == "location") return acceptable_location(value) ? std::string_view(value) : std::string_view{};
    }
  }
  return {};
}

Answer challenged(const Decision& decision, const Offer& offer, const Asker& asker) {
  const auto location = is_page_load(asker) ? location_of(decision) : std::string_view{};
  if (location.empty()) return refused(offer, asker, decision.challenges());
  const auto name = realm_text(offer.display_name);
  auto out = respond(asker, {.page = {.status = 302,
                                      .mood = Mood::sign_in,
                                      .headline = "Sign in to",
                                      .name = name,
                                      .sentence = "Your browser is being taken to the sign-in page.",
                                      .link = location,
                                      .button = "Continue"},
                             .error_code = "UNAUTHENTICATED",
                             .message = "Sign in."});
  out.headers.emplace_back("Location", location);
  return out;
}

}  // namespace

Answer answer(const Decision& decision, const Offer& offer, const Asker& asker) {
  switch (decision.code()) {
    case DecisionCode::denied:
      return refused(offer, asker, decision.challenges());
    case DecisionCode::challenge:
      return challenged(decision, offer, asker);
    case DecisionCode::malformed:
      return answer_fault(400, "The request is malformed.", asker);
    case DecisionCode::throttled:
      return throttled(decision.retry_after(), asker);
    case DecisionCode::forbidden:
      return forbidden(offer, asker, decision.challenges());
    case DecisionCode::granted:
      return answer_fault(500, "The server made a mistake.", asker);
    case DecisionCode::unavailable:
      break;
  }
  return unavailable(decision.retry_after(), asker);
}

Answer answer_refused(const Offer& offer, const Asker& asker) {
  return refused(offer, asker, {});
}

}  // namespace gatehouse::http
