// SPDX-License-Identifier: Apache-2.0
#include "introspection.hpp"

#include <algorithm>

#include "wipe.hpp"

namespace gatehouse::oidc {
namespace {

constexpr std::size_t kLargestAnswer = 65'536;
constexpr json::Limits kLimits{.size = kLargestAnswer, .depth = 16, .values = 4096};
constexpr std::chrono::milliseconds kInactive{15'000};
constexpr std::size_t kMostInactive = 8'192;

/// Sees to it that what began ends, also by an exception.
class QuestionOnItsWay {
 public:
  QuestionOnItsWay(QuestionValve& valve, plugin::Host host)
      : valve_(valve), host_(host), begun_(host_.monotonic()), passed_(valve_.begin(begun_)) {}
  QuestionOnItsWay(const QuestionOnItsWay&) = delete;
  QuestionOnItsWay& operator=(const QuestionOnItsWay&) = delete;
  ~QuestionOnItsWay() {
    if (passed_) valve_.end(begun_, host_.monotonic(), end);
  }
  [[nodiscard]] bool may_be_asked() const noexcept { return passed_; }

  QuestionValve::End end = QuestionValve::End::not_asked;

 private:
  QuestionValve& valve_;
  plugin::Host host_;
  QuestionValve::Time begun_;
  bool passed_;
};

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
    : host_(host),
      http_(http),
      rules_(std::move(rules)),
      client_(std::move(client)),
      inactive_(kMostInactive, std::min(rules_.longest, kInactive)) {}

Introspected Introspector::ask(std::string_view token, const plugin::Call& call) const {
  if (inactive_.has(token, host_.monotonic())) {
    return {.kind = Introspected::Kind::inactive, .why = "the provider said a moment ago that it is not active"};
  }
  QuestionOnItsWay question(valve_, host_);
  if (!question.may_be_asked()) return {.why = "the provider could not answer a moment ago, or is slow"};
  Introspected answer = ask_now(token, call, question.end);
  if (answer.kind == Introspected::Kind::inactive) inactive_.add(token, host_.monotonic());
  return answer;
}

/// Only what no caller can bring about by the token that he sends holds others back: they would pay for it.
Introspected Introspector::ask_now(std::string_view token, const plugin::Call& call, QuestionValve::End& end) const {
  auto proof = client_.prove(rules_.issuer, host_.wall());
  if (!proof) return {.why = proof.problem()};
  proof->headers.emplace_back("Accept: application/json");
  std::string form = "token=";
  form.reserve(form.size() + 3 * token.size() + 64 + proof->form.size());
  const WipeAfter after(form);
  append_percent_encoded(form, token);
  form.append("&token_type_hint=access_token").append(proof->form);
  const auto time = call.remaining();
  const auto answer = http_.post(rules_.endpoint, form, proof->headers, kLargestAnswer, time,
                                 [&call] { return call.remaining().count() > 0; });
  if (!answer) {
    const bool time_is_left = call.remaining() > time / 10;
    end = time_is_left ? QuestionValve::End::failed : QuestionValve::End::gave_up;
    return {.why = "the provider could not be asked: " + answer.problem()};
  }
  end = QuestionValve::End::answered;
  switch (answer->status) {
    case 200:
      if (!answer->whole) return {.why = "its answer is longer than " + std::to_string(kLargestAnswer) + " bytes"};
      return read_introspection(answer->body);
    case 401:
    case 403:
      host_.log(plugin::LogLevel::error, "the provider does not accept client_id and its proof (status " +
                                             std::to_string(answer->status) + "): no token can be asked about");
      end = QuestionValve::End::failed;
      return {.why = "the provider does not accept this client"};
    case 429:
    case 502:
    case 503:
    case 504:
      end = QuestionValve::End::failed;
      return {.why = "the provider is busy: it answers with status " + std::to_string(answer->status)};
    default:
      return {.why = "the provider answers with status " + std::to_string(answer->status)};
  }
}

}  // namespace gatehouse::oidc
