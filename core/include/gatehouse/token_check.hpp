// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One token against one set of keys, offline: for `gatehouse token check` and other tools that look for a reason. No
/// backend is made and nothing is fetched. Threads: one call at a time.
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/export.hpp>
#include <gatehouse/result.hpp>

namespace gatehouse {

struct TokenQuestion {
  std::string_view token;
  std::string_view keys;      ///< content of a file of keys, in a form that the plugin reads
  std::string_view issuer;    ///< empty: any
  std::string_view audience;  ///< empty: any
  bool signature_only = false;
};

struct TokenAnswer {
  bool accepted = false;
  std::string why;  ///< one sentence; holds nothing of the token
};

/// `plugin` and `plugin_dirs` as for describe_plugin(). The Error says why the question could not be put: no such
/// plugin, one that knows no tokens, keys that cannot be used.
[[nodiscard]] GATEHOUSE_API Result<TokenAnswer> check_token(const std::string& plugin,
                                                            const std::vector<std::string>& plugin_dirs,
                                                            const TokenQuestion& question);

}  // namespace gatehouse
