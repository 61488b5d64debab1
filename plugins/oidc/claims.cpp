// SPDX-License-Identifier: Apache-2.0
#include "claims.hpp"

#include <algorithm>
#include <cmath>

#include "claim_path.hpp"

namespace gatehouse::oidc {
namespace {

using std::chrono::milliseconds;

constexpr double kLastSecond = 253402300799.0;  // of the year 9999
constexpr std::size_t kMostAudiences = 100;

ClaimsAnswer refused(std::string why) {
  return {.kind = ClaimsAnswer::Kind::refused, .why = std::move(why)};
}

/// Whether a claim must be there, or only be right where it is.
enum class Presence { required, optional };

enum class Found { absent, wrong, there };

struct Date {
  Found found = Found::absent;
  WallTime time{};
};

/// RFC 7519, 2: seconds since 1970, whole or not. A text is no date, and neither is what no calendar knows.
Date date_of(const json::Value& claims, std::string_view name) {
  const json::Value claim = claims.member(name);
  if (!claim.present()) return {};
  const auto seconds = claim.number();
  if (!seconds || *seconds < 0 || *seconds > kLastSecond) return {.found = Found::wrong};
  return {.found = Found::there,
          .time = WallTime(milliseconds(static_cast<std::int64_t>(std::floor(*seconds * 1000))))};
}

bool one_of(std::string_view text, const std::vector<std::string>& allowed) {
  return std::find(allowed.begin(), allowed.end(), text) != allowed.end();
}

/// Not before its time, and not after.
ClaimsAnswer check_times(const json::Value& claims, milliseconds leeway, WallTime now, Presence presence) {
  const Date expiry = date_of(claims, "exp");
  if (expiry.found == Found::absent && presence == Presence::required) return refused("it has no exp");
  if (expiry.found == Found::wrong) return refused("its exp is not a date");
  const Date begin = date_of(claims, "nbf");
  if (begin.found == Found::wrong) return refused("its nbf is not a date");
  const Date issued = date_of(claims, "iat");
  if (issued.found == Found::wrong) return refused("its iat is not a date");

  ClaimsAnswer answer{.kind = ClaimsAnswer::Kind::accepted, .expires = WallTime::max()};
  if (expiry.found == Found::there) {
    answer.expires = expiry.time + leeway;
    if (begin.found == Found::there && begin.time > expiry.time) return refused("its nbf is after its exp");
  }
  if (now >= answer.expires) {
    answer.kind = ClaimsAnswer::Kind::expired;
    answer.why = "it has expired";
    return answer;
  }
  if (begin.found == Found::there && now + leeway < begin.time) return refused("its time has not come (nbf)");
  if (issued.found == Found::there && now + leeway < issued.time) return refused("it was issued in the future (iat)");
  return answer;
}

std::string complaint_about_issuer(const json::Value& claims, const std::string& issuer, bool required) {
  const json::Value claim = claims.member("iss");
  if (!claim.present()) return required ? "it has no iss" : "";
  const auto text = claim.text();
  if (!text) return "its iss is not a text";
  return issuer.empty() || *text == issuer ? "" : "its iss is another issuer";
}

std::string complaint_about_audience(const json::Value& claims, const std::vector<std::string>& ours,
                                     Presence presence) {
  const json::Value claim = claims.member("aud");
  if (!claim.present()) return ours.empty() || presence == Presence::optional ? "" : "it has no aud";
  std::vector<std::string_view> named;
  if (const auto text = claim.text()) {
    named.push_back(*text);
  } else if (auto list = claim.texts()) {
    named = std::move(*list);
  } else {
    return "its aud is neither a text nor a list of texts";
  }
  if (named.size() > kMostAudiences) return "its aud has more than 100 entries";
  if (ours.empty()) return {};
  const bool meant = std::any_of(named.begin(), named.end(), [&](auto audience) { return one_of(audience, ours); });
  return meant ? "" : "its aud is somebody else";
}

std::string complaint_about_party(const json::Value& claims, const std::vector<std::string>& allowed,
                                  Presence presence) {
  for (const std::string_view name : {"azp", "client_id"}) {
    const json::Value claim = claims.member(name);
    if (!claim.present()) continue;
    const auto text = claim.text();
    if (!text || text->empty()) return "its " + std::string(name) + " is not a text";
    if (allowed.empty() || one_of(*text, allowed)) return {};
    return "it was issued to a client that is not allowed (" + std::string(name) + ")";
  }
  if (allowed.empty() || presence == Presence::optional) return {};
  return "it does not say which client it was issued to (azp, client_id)";
}

json::Value scopes_in(const json::Value& claims) {
  const json::Value scope = claims.member("scope");
  return scope.present() ? scope : claims.member("scp");
}

bool has_required(const json::Value& claims, const std::pair<std::string, std::string>& required) {
  const json::Value claim = find_claim(claims, required.first);
  if (const auto flag = claim.boolean()) return required.second == (*flag ? "true" : "false");
  if (claim.text() == required.second) return true;
  for (std::size_t i = 0; i < claim.size(); ++i) {
    if (claim.at(i).text() == required.second) return true;
  }
  return false;
}

std::string what_is_missing(const json::Value& claims, const ClaimRules& rules, Presence presence) {
  const json::Value listed = scopes_in(claims);
  if (listed.present() || presence == Presence::required) {
    const auto scopes = words_of(listed);
    for (const std::string& scope : rules.required_scopes) {
      if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) return "it lacks the scope " + scope;
    }
  }
  if (presence == Presence::optional) return {};
  for (const auto& required : rules.required_claims) {
    if (!has_required(claims, required)) return "its claim " + required.first + " is not as required";
  }
  return {};
}

/// What all kinds of claims have in common.
ClaimsAnswer check_rest(const json::Value& claims, const ClaimRules& rules, WallTime now, Presence presence) {
  auto wrong = complaint_about_audience(claims, rules.audiences, presence);
  if (wrong.empty()) wrong = complaint_about_party(claims, rules.authorized_parties, presence);
  if (!wrong.empty()) return refused(std::move(wrong));
  ClaimsAnswer answer = check_times(claims, rules.leeway, now, presence);
  if (answer.kind != ClaimsAnswer::Kind::accepted) return answer;
  answer.why = what_is_missing(claims, rules, presence);
  if (!answer.why.empty()) answer.kind = ClaimsAnswer::Kind::insufficient;
  return answer;
}

}  // namespace

ClaimsAnswer check_claims(const json::Value& claims, std::string_view type, const ClaimRules& rules, WallTime now) {
  auto wrong = complaint_about_kind(claims, type, rules.kind);
  if (wrong.empty()) wrong = complaint_about_issuer(claims, rules.issuer, !rules.issuer.empty());
  return wrong.empty() ? check_rest(claims, rules, now, Presence::required) : refused(std::move(wrong));
}

ClaimsAnswer check_introspected(const json::Value& told, const ClaimRules& rules, WallTime now) {
  auto wrong = complaint_about_told_kind(told, rules.kind);
  if (wrong.empty()) wrong = complaint_about_issuer(told, rules.issuer, false);
  return wrong.empty() ? check_rest(told, rules, now, Presence::required) : refused(std::move(wrong));
}

ClaimsAnswer check_confirmed(const json::Value& told, const json::Value& claims, const ClaimRules& rules,
                             WallTime now) {
  auto wrong = complaint_about_told_kind(told, claims, rules.kind);
  if (wrong.empty()) wrong = complaint_about_issuer(told, rules.issuer, false);
  const json::Value subject = told.member("sub");
  if (wrong.empty() && subject.present() && (!subject.text() || subject.text() != claims.member("sub").text())) {
    wrong = "the provider says that it is somebody else's (sub)";
  }
  return wrong.empty() ? check_rest(told, rules, now, Presence::optional) : refused(std::move(wrong));
}

}  // namespace gatehouse::oidc
