// SPDX-License-Identifier: Apache-2.0
#include "introspection.hpp"

namespace gatehouse::oidc {
namespace {

constexpr std::size_t kLargestAnswer = 65'536;
constexpr json::Limits kLimits{.size = kLargestAnswer, .depth = 16, .values = 4096};
constexpr std::chrono::milliseconds kRest{1'000};

}  // namespace

Introspected read_introspection(std::string_view text) {
  auto document = json::parse_object(text, kLimits);
  if (!document) return {.why = "its answer is not a JSON object, or has a name twice, or is too deep or too large"};
  if (document->root().has("error")) return {.why = "its answer is an error"};
  if (document->root().member("active").boolean() != true)
    return {.kind = Introspected::Kind::inactive, .why = "the provider says that it is not active"};
  return {.kind = Introspected::Kind::active, .claims = std::move(document)};
}

Introspector::Introspector(plugin::Host host, const HttpClient& http, IntrospectionRules rules, ClientRules client)
    : host_(host), http_(http), rules_(std::move(rules)), client_(std::move(client)) {}

/// No storm: for a moment everybody is told the same without a question.
Introspected Introspector::rest(std::string why) const {
  rest_until_ = (host_.monotonic() + kRest).count();
  return {.why = std::move(why)};
}

/// Only what no caller can bring about by the token that he sends makes this backend rest: others would pay for it.
Introspected Introspector::ask(std::string_view token, std::chrono::milliseconds time) const {
  if (host_.monotonic().count() < rest_until_) return {.why = "the provider could not answer a moment ago"};
  auto proof = client_.prove(rules_.issuer, host_.wall());
  if (!proof) return {.why = proof.problem()};
  proof->headers.emplace_back("Accept: application/json");
  const std::string form = "token=" + percent_encoded(token) + "&token_type_hint=access_token" + proof->form;
  const auto answer = http_.post(rules_.endpoint, form, proof->headers, kLargestAnswer, time);
  if (!answer) {
    std::string why = "the provider could not be asked: " + answer.problem();
    if (time < http_.rules().timeout) return {.why = std::move(why)};  // this caller was late
    return rest(std::move(why));
  }
  switch (answer->status) {
    case 200:
      return read_introspection(answer->body);
    case 401:
    case 403:
      host_.log(plugin::LogLevel::error, "the provider does not accept client_id and its proof (status " +
                                             std::to_string(answer->status) + "): no token can be asked about");
      return rest("the provider does not accept this client");
    case 429:
    case 502:
    case 503:
    case 504:
      return rest("the provider is busy: it answers with status " + std::to_string(answer->status));
    default:
      return {.why = "the provider answers with status " + std::to_string(answer->status)};
  }
}

}  // namespace gatehouse::oidc
