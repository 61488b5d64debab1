// SPDX-License-Identifier: Apache-2.0
#include "identity.hpp"

#include <algorithm>

#include "claim_path.hpp"

namespace gatehouse::oidc {
namespace {

constexpr std::size_t kLongestSubject = 512;
constexpr std::size_t kLongestText = 1024;
constexpr std::size_t kMostGroups = 1000;

/// What the boundary takes: the parser has seen to it that it is UTF-8.
bool is_plain(std::string_view text, std::size_t longest) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (text.empty() || text.size() > longest || std::any_of(text.begin(), text.end(), control)) return false;
  for (auto at = text.find('\xC2'); at != std::string_view::npos; at = text.find('\xC2', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0) return false;  // C1 controls
  }
  return true;
}

bool is_address(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at != 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos;
}

/// A group may have spaces in its name: "writers trainees" must not make anybody a writer.
std::vector<std::string_view> groups_of(const json::Value& claims, const std::string& path) {
  const json::Value claim = find_claim(claims, path);
  return path == "scope" || path == "scp" ? words_of(claim) : texts_of(claim);
}

Outcome<std::string> subject_of(const json::Value& claims, const IdentityRules& rules) {
  const auto text = find_claim(claims, rules.subject_claim).text();
  if (!text || !is_plain(*text, kLongestSubject)) {
    return Problem{"its " + rules.subject_claim + " is missing, or no text that can be a name"};
  }
  if (rules.subject_claim == "email") {
    if (!is_address(*text)) return Problem{"its email is not an address with one @"};
    if (!rules.unverified_email && claims.member("email_verified").boolean() != true) {
      return Problem{"its email_verified is not true"};
    }
  }
  return std::string(*text);
}

}  // namespace

Outcome<plugin::Identity> identity_of(const json::Value& claims, const IdentityRules& rules) {
  auto subject = subject_of(claims, rules);
  if (!subject) return Problem{subject.problem()};
  plugin::Identity identity{.subject = std::move(*subject)};
  for (const std::string& path : rules.group_claims) {
    for (const std::string_view group : groups_of(claims, path)) {
      if (!is_plain(group, kLongestText)) continue;
      if (std::find(identity.groups.begin(), identity.groups.end(), group) != identity.groups.end()) continue;
      if (identity.groups.size() == kMostGroups) return Problem{"it names more than 1000 groups"};
      identity.groups.emplace_back(group);
    }
  }
  for (const auto& [name, path] : rules.attributes) {
    // What the provider itself says is not verified is not passed on as the caller's address.
    if (path == "email" && claims.member("email_verified").boolean() == false) continue;
    const auto text = find_claim(claims, path).text();
    if (text && is_plain(*text, kLongestText)) identity.attributes.emplace_back(name, std::string(*text));
  }
  return identity;
}

}  // namespace gatehouse::oidc
