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
ClaimsAnswer check_times(const json::Value& claims, milliseconds leeway, WallTime now) {
  const Date expiry = date_of(claims, "exp");
  if (expiry.found == Found::absent) return refused("it has no exp");
  if (expiry.found == Found::wrong) return refused("its exp is not a date");
  const Date begin = date_of(claims, "nbf");
  if (begin.found == Found::wrong) return refused("its nbf is not a date");
  const Date issued = date_of(claims, "iat");
  if (issued.found == Found::wrong) return refused("its iat is not a date");

  if (begin.found == Found::there && begin.time > expiry.time) return refused("its nbf is after its exp");
  ClaimsAnswer answer{.kind = ClaimsAnswer::Kind::accepted, .expires = expiry.time + leeway};
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

std::string complaint_about_audience(const json::Value& claims, const std::vector<std::string>& ours) {
  const json::Value claim = claims.member("aud");
  if (!claim.present()) return ours.empty() ? "" : "it has no aud";
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

std::string complaint_about_party(const json::Value& claims, const std::vector<std::string>& allowed) {
  for (const std::string_view name : {"azp", "client_id"}) {
    const json::Value claim = claims.member(name);
    if (!claim.present()) continue;
    const auto text = claim.text();
    if (!text || text->empty()) return "its " + std::string(name) + " is not a text";
    if (allowed.empty() || one_of(*text, allowed)) return {};
    return "it was issued to a client that is not allowed (" + std::string(name) + ")";
  }
  return allowed.empty() ? "" : "it does not say which client it was issued to (azp, client_id)";
}

/// RFC 9068, 2.2.
std::string complaint_about_profile(const json::Value& claims, std::string_view type) {
  if (type != "at+jwt") return "its typ is not at+jwt, and only access tokens of RFC 9068 are accepted";
  for (const std::string_view name : {"iss", "sub", "client_id", "jti"}) {
    const auto text = claims.member(name).text();
    if (!text || text->empty()) return "it has no " + std::string(name) + ", which RFC 9068 requires";
  }
  for (const std::string_view name : {"exp", "iat", "aud"}) {
    if (!claims.has(name)) return "it has no " + std::string(name) + ", which RFC 9068 requires";
  }
  return {};
}

/// Tokens of other kinds, which the same keys may have signed (RFC 8725, 3.12).
std::string complaint_about_kind(const json::Value& claims, std::string_view type) {
  if (!type.empty() && type != "jwt" && type != "at+jwt") return "its typ is that of another kind of token";
  if (claims.has("events")) return "it tells events, and is no access token";
  return {};
}

std::vector<std::string_view> scopes_of(const json::Value& claims) {
  const json::Value scope = claims.member("scope");
  return words_of(scope.present() ? scope : claims.member("scp"));
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

std::string what_is_missing(const json::Value& claims, const ClaimRules& rules) {
  const auto scopes = scopes_of(claims);
  for (const std::string& scope : rules.required_scopes) {
    if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) return "it lacks the scope " + scope;
  }
  for (const auto& required : rules.required_claims) {
    if (!has_required(claims, required)) return "its claim " + required.first + " is not as required";
  }
  return {};
}

/// What both kinds of claims have in common.
ClaimsAnswer check_rest(const json::Value& claims, const ClaimRules& rules, WallTime now) {
  auto wrong = complaint_about_audience(claims, rules.audiences);
  if (wrong.empty()) wrong = complaint_about_party(claims, rules.authorized_parties);
  if (!wrong.empty()) return refused(std::move(wrong));
  ClaimsAnswer answer = check_times(claims, rules.leeway, now);
  if (answer.kind != ClaimsAnswer::Kind::accepted) return answer;
  answer.why = what_is_missing(claims, rules);
  if (!answer.why.empty()) answer.kind = ClaimsAnswer::Kind::insufficient;
  return answer;
}

}  // namespace

ClaimsAnswer check_claims(const json::Value& claims, std::string_view type, const ClaimRules& rules, WallTime now) {
  auto wrong = rules.access_tokens_only ? complaint_about_profile(claims, type) : complaint_about_kind(claims, type);
  if (wrong.empty()) wrong = complaint_about_issuer(claims, rules.issuer, !rules.issuer.empty());
  return wrong.empty() ? check_rest(claims, rules, now) : refused(std::move(wrong));
}

ClaimsAnswer check_introspected(const json::Value& claims, const ClaimRules& rules, WallTime now) {
  auto wrong = complaint_about_issuer(claims, rules.issuer, false);
  return wrong.empty() ? check_rest(claims, rules, now) : refused(std::move(wrong));
}

}  // namespace gatehouse::oidc
