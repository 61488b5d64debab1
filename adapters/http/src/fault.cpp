// SPDX-License-Identifier: Apache-2.0
/// The answers that do not come from a decision.
#include <gatehouse/http.hpp>

#include "challenge.hpp"
#include "escape.hpp"
#include "page.hpp"
#include "response.hpp"

namespace gatehouse::http {
namespace {

constexpr std::size_t max_message_size = 512;
constexpr std::chrono::seconds usual_wait{5};

/// MLflow's words (its databricks.proto), so that its client raises one clean exception.
std::string_view error_code(int status) noexcept {
  switch (status) {
    case 401:
      return "UNAUTHENTICATED";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "NOT_FOUND";
    case 408:
    case 504:
      return "DEADLINE_EXCEEDED";
    case 429:
      return "RESOURCE_EXHAUSTED";
    case 501:
    case 505:
      return "NOT_IMPLEMENTED";
    case 502:
    case 503:
      return "TEMPORARILY_UNAVAILABLE";
    default:
      return status < 500 ? "BAD_REQUEST" : "INTERNAL_ERROR";
  }
}

/// After these nobody knows where the next request begins, or the body was not read.
bool ends_connection(int status) noexcept {
  switch (status) {
    case 400:
    case 408:
    case 413:
    case 414:
    case 417:
    case 431:
    case 501:
    case 505:
      return true;
    default:
      return false;
  }
}

bool passes_by_itself(int status) noexcept {
  return status == 502 || status == 503 || status == 504;
}

}  // namespace

Answer answer_fault(int status, std::string_view message, const Asker& asker) {
  if (status < 400 || status > 599) status = 500;
  const auto text = printable(message, max_message_size);
  const bool wait = passes_by_itself(status);
  const bool again = wait || status == 408 || status == 500;
  auto out = respond(asker, {.page = {.status = status,
                                      .mood = wait || status == 408 ? Mood::wait : Mood::refused,
                                      .headline = wait ? "Try again in a moment" : status_text(status),
                                      .sentence = text,
                                      .button = again ? "Try again" : ""},
                             .error_code = error_code(status),
                             .message = text});
  if (status == 503 || status == 429) add_retry_after(out, {}, usual_wait);
  out.close = ends_connection(status);
  return out;
}

Answer answer_malformed(const Offer& offer, const Asker& asker) {
  auto out = answer_fault(400, "The request brings more than one credential.", asker);
  if ((offer.credentials & static_cast<CredentialKinds>(CredentialKind::bearer)) != 0) {
    Challenge challenge;
    challenge.scheme = "Bearer";
    challenge.parameters = {{"error", "invalid_request"}};
    for (auto& field : own_challenges(offer, std::span(&challenge, 1))) {
      out.headers.emplace_back("WWW-Authenticate", std::move(field));
    }
  }
  return out;
}

}  // namespace gatehouse::http
