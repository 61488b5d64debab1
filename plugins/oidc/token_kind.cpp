// SPDX-License-Identifier: Apache-2.0
#include "token_kind.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::oidc {
namespace {

template <std::size_t count>
using Words = std::array<std::string_view, count>;

// In lower case. A `typ` among the claims is no standard, and may mean anything; where these stand, it is no access
// token.
constexpr Words<2> kBearers = {"bearer", "dpop"};
constexpr Words<2> kAccessUses = {"access", "access_token"};
constexpr Words<2> kIdUses = {"id", "id_token"};
constexpr Words<7> kOtherTypes = {
    "refresh", "refresh_token", "offline", "logout", "serialized-id", "initialaccesstoken", "registrationaccesstoken"};

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Not regarding upper and lower case.
template <std::size_t count>
bool one_of(std::string_view text, const Words<count>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return std::equal(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) { return lower(a) == b; });
  });
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

std::string complaint_about_id_token(std::string_view mark, const KindRules& rules) {
  if (rules.id_tokens) return {};
  return "it is an ID token (" + std::string(mark) + "), made for a client; only id_tokens = true accepts those";
}

/// What says of itself that it is something else. Few tokens do.
std::string complaint_about_marks(const json::Value& claims, const KindRules& rules) {
  if (claims.has("events")) return "it tells events, and is no access token";
  for (const std::string_view name : {"at_hash", "c_hash", "s_hash"}) {
    if (!claims.has(name)) continue;
    if (auto wrong = complaint_about_id_token(name, rules); !wrong.empty()) return wrong;
  }
  for (const std::string_view name : {"token_use", "token_usage"}) {
    const json::Value use = claims.member(name);
    if (!use.present() || one_of(use.text().value_or(""), kAccessUses)) continue;
    if (!one_of(use.text().value_or(""), kIdUses))
      return "its " + std::string(name) + " is not that of an access token";
    if (auto wrong = complaint_about_id_token(name, rules); !wrong.empty()) return wrong;
  }
  const auto type = claims.member("typ").text();
  if (type && one_of(*type, kOtherTypes)) return "its claim typ is that of another kind of token";
  return type && one_of(*type, kIdUses) ? complaint_about_id_token("typ", rules) : std::string();
}

bool is_bound_to_key(const json::Value& claims) {
  return claims.member("cnf").has("jkt");
}

/// A token that the provider binds to a key is of no use here unless it is said to which.
std::string complaint_about_token_type(const json::Value& type, bool key_is_known) {
  const auto text = type.text();
  if (!text || !one_of(*text, kBearers)) return "its token_type is neither Bearer nor DPoP";
  if (one_of(*text, Words<1>{"dpop"}) && !key_is_known) return "its token_type is DPoP, and it names no key (cnf)";
  return {};
}

}  // namespace

std::string complaint_about_kind(const json::Value& claims, std::string_view type, const KindRules& rules) {
  if (rules.access_tokens_only) {
    if (auto wrong = complaint_about_profile(claims, type); !wrong.empty()) return wrong;
  } else if (!type.empty() && type != "jwt" && type != "at+jwt") {
    return "its typ is that of another kind of token";
  }
  return complaint_about_marks(claims, rules);
}

std::string complaint_about_told_kind(const json::Value& told, const KindRules& rules) {
  if (!told.has("token_type") && !rules.untyped) {
    return "the provider does not say that it is an access token (token_type); one that never does needs "
           "untyped_tokens = true";
  }
  return complaint_about_told_kind(told, told, rules);
}

std::string complaint_about_told_kind(const json::Value& told, const json::Value& claims, const KindRules& rules) {
  if (const json::Value type = told.member("token_type"); type.present()) {
    const bool key_is_known = is_bound_to_key(told) || is_bound_to_key(claims);
    if (auto wrong = complaint_about_token_type(type, key_is_known); !wrong.empty()) return wrong;
  }
  return complaint_about_marks(told, rules);
}

}  // namespace gatehouse::oidc
