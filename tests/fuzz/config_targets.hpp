// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What the two configuration targets share: the plugins there are, their options, and what must hold of any result.
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"
#include "text/utf8.hpp"

namespace config_fuzz {

using namespace gatehouse;
using namespace gatehouse::config;

inline const Catalogue& catalogue() {
  static const Catalogue plugins = Catalogue::of({{"htpasswd", "/p/htpasswd.so", {"htpasswd"}, true, ""},
                                                  {"ldap", "/p/ldap.so", {"ldap", "ldaps"}, true, ""},
                                                  {"oidc", "/p/oidc.so", {"oidc"}, false, ""}});
  return plugins;
}

inline const std::vector<OptionSpec>& options() {
  static const std::vector<OptionSpec> specs{
      {.name = "file", .type = OptionType::path},
      {.name = "uri", .type = OptionType::text_list},
      {.name = "base", .type = OptionType::text, .choices = "a|b|ou=people,dc=corp"},
      {.name = "allow_plain", .type = OptionType::boolean, .default_value = "false"},
      {.name = "limit", .type = OptionType::integer, .default_value = "5", .minimum = -3, .maximum = 1000},
      {.name = "poll", .type = OptionType::duration, .default_value = "1s", .minimum = 1},
      {.name = "room", .type = OptionType::size}};
  return specs;
}

/// Ends the process if a promise is broken.
inline void require(bool holds) {
  if (!holds) std::abort();
}

inline void check_error(const std::string& message) {
  require(!message.empty());
  require(message.size() < 1024 * 1024);
  require(text::is_utf8(message));
  for (const char c : message) require(c == '\n' || !text::has_control(std::string_view(&c, 1)));
}

inline void check_document(const Result<Document>& document) {
  if (!document) {
    check_error(document.error().message);
    return;
  }
  require(!document->realms.empty() && !document->backends.empty());
  for (const RealmDefinition& realm : document->realms) {
    require(!realm.name.empty() && !realm.chain.empty() && !text::has_control(realm.display_name));
  }
  for (const BackendDefinition& backend : document->backends) {
    require(!backend.name.empty() && !backend.plugin.empty());
    Problems problems;
    const OptionValues values =
        check_options(options(), backend.options, backend.where, document->directory, problems, backend_key_names());
    if (!problems.empty()) {
      check_error(problems.to_error().message);
      continue;
    }
    require(values.integer("limit") >= -3 && values.integer("limit") <= 1000);
    require(values.duration("poll").count() >= 1 && values.integer("room") >= 0);
    if (values.has("file")) require(values.text("file").starts_with('/'));
  }
}

}  // namespace config_fuzz
