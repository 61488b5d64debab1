// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Who the caller is, out of claims that were accepted.
#include <gatehouse/plugin/verdict.hpp>
#include <string>
#include <utility>
#include <vector>

#include "json.hpp"
#include "outcome.hpp"

namespace gatehouse::oidc {

struct IdentityRules {
  std::string subject_claim = "sub";
  bool unverified_email = false;  ///< take an e-mail address as the subject although the provider has not verified it
  std::vector<std::string> group_claims{};  ///< a text is one group, that of scope and scp one for each word
  std::vector<std::pair<std::string, std::string>> attributes{};  ///< name for the doors, path of the claim
};

/// The Problem says which claim is missing or unfit, never what is in it. The expiry is left to the caller.
[[nodiscard]] Outcome<plugin::Identity> identity_of(const json::Value& claims, const IdentityRules& rules);

}  // namespace gatehouse::oidc
