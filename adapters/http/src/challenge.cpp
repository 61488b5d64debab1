// SPDX-License-Identifier: Apache-2.0
#include "challenge.hpp"

#include <algorithm>

#include "ascii.hpp"
#include "escape.hpp"

namespace gatehouse::http {
namespace {

constexpr std::size_t max_scheme_size = 32;
constexpr std::size_t max_parameter_name_size = 64;

bool takes(const Offer& offer, CredentialKind kind) noexcept {
  return (offer.credentials & static_cast<CredentialKinds>(kind)) != 0;
}

std::string with_realm(std::string_view scheme, const Offer& offer) {
  std::string field(scheme);
  field += " realm=";
  append_quoted(field, realm_text(offer.display_name));
  return field;
}

/// RFC 6750, section 3: these are %x20-21 / %x23-5B / %x5D-7E, so nothing that needs a backslash.
bool plain_parameter(std::string_view name) noexcept {
  return ascii::same(name, "error") || ascii::same(name, "error_description") || ascii::same(name, "error_uri") ||
         ascii::same(name, "scope");
}

std::string parameter_value(std::string_view name, std::string_view value) {
  if (ascii::same(name, "realm")) return realm_text(value);
  std::string out;
  for (const char c : value) {
    const bool quoted = c == '"' || c == '\\';
    if (ascii::visible_or_space(c) && !(quoted && plain_parameter(name))) out += c;
  }
  return out;
}

bool names_realm(const Challenge& challenge) noexcept {
  return std::any_of(challenge.parameters.begin(), challenge.parameters.end(),
                     [](const auto& parameter) { return ascii::same(parameter.first, "realm"); });
}

/// Empty if it cannot be told.
std::string field_value(const Challenge& challenge, const Offer& offer) {
  if (challenge.scheme.size() > max_scheme_size || !ascii::token(challenge.scheme)) return {};
  const bool bearer = ascii::same(challenge.scheme, "bearer");
  std::string field = bearer && !names_realm(challenge) ? with_realm("Bearer", offer) : challenge.scheme;
  bool first = field == challenge.scheme;
  std::vector<std::string_view> seen;
  for (const auto& parameter : challenge.parameters) {
    const std::string_view name = parameter.first;
    if (seen.size() == max_challenge_parameters) break;
    if (name.size() > max_parameter_name_size || !ascii::token(name)) continue;
    const bool repeated = std::any_of(seen.begin(), seen.end(), [&](auto other) { return ascii::same(other, name); });
    if (repeated) continue;
    seen.push_back(name);
    field += first ? " " : ", ";
    first = false;
    field += name;
    field += '=';
    append_quoted(field, parameter_value(name, parameter.second));
    if (field.size() > max_challenge_size) return {};
  }
  return field;
}

/// The backends' own challenges that can be told, the first of each scheme, with that scheme.
std::vector<std::pair<std::string_view, std::string>> tellable(const Offer& offer, std::span<const Challenge> own) {
  std::vector<std::pair<std::string_view, std::string>> out;
  for (const auto& challenge : own) {
    if (out.size() == max_challenges) break;
    if (challenge.kind != ChallengeKind::http_auth || ascii::same(challenge.scheme, "basic")) continue;
    const bool repeated = std::any_of(out.begin(), out.end(),
                                      [&](const auto& other) { return ascii::same(other.first, challenge.scheme); });
    if (repeated) continue;
    auto field = field_value(challenge, offer);
    if (!field.empty()) out.emplace_back(challenge.scheme, std::move(field));
  }
  return out;
}

}  // namespace

std::string realm_text(std::string_view display_name) {
  auto text = printable(display_name, max_realm_size);
  if (ascii::trim(text).empty()) return "Gatehouse";
  return text;
}

std::vector<std::string> offered_challenges(const Offer& offer, std::span<const Challenge> own) {
  auto others = tellable(offer, own);
  std::vector<std::string> fields;
  if (takes(offer, CredentialKind::password)) fields.push_back(with_realm("Basic", offer) + ", charset=\"UTF-8\"");
  const bool bearer_told =
      std::any_of(others.begin(), others.end(), [](const auto& other) { return ascii::same(other.first, "bearer"); });
  if (takes(offer, CredentialKind::bearer) && !bearer_told) fields.push_back(with_realm("Bearer", offer));
  for (auto& other : others) fields.push_back(std::move(other.second));
  // RFC 9110, 15.5.2 wants one in every 401. Bearer makes no browser ask for a password that nobody takes.
  if (fields.empty()) fields.push_back(with_realm("Bearer", offer));
  return fields;
}

std::vector<std::string> own_challenges(const Offer& offer, std::span<const Challenge> own) {
  std::vector<std::string> fields;
  for (auto& other : tellable(offer, own)) fields.push_back(std::move(other.second));
  return fields;
}

}  // namespace gatehouse::http
