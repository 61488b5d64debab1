// SPDX-License-Identifier: Apache-2.0
/// The section [http] of a configuration.
#include <gatehouse/http.hpp>

#include "rules_section.hpp"

namespace gatehouse::http {
namespace {

/// A configuration holds no empty texts.
constexpr std::string_view not_told = "none";

OptionSpec option(std::string name, OptionType type, std::string default_value, std::string help) {
  OptionSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.default_value = std::move(default_value);
  spec.help = std::move(help);
  return spec;
}

}  // namespace

SectionSpec section() {
  const IdentityHeaders::Names usual;
  const std::string leave_out = " \"none\": not told.";
  SectionSpec spec;
  spec.name = "http";
  spec.options = {
      option("user_header", OptionType::text, usual.user,
             "Header that tells the service the caller's canonical name." + leave_out),
      option("groups_header", OptionType::text, usual.groups,
             "Header that tells the service the caller's groups, joined by ','." + leave_out),
      option("email_header", OptionType::text, usual.email,
             "Header that tells the service the caller's e-mail address, where known." + leave_out),
      option("name_header", OptionType::text, usual.name,
             "Header that tells the service the caller's full name, where known." + leave_out),
      option("forward_groups", OptionType::text_list, "*",
             "Only groups that match one of these patterns are told; '*' stands for any text. []: none."),
      option("forward_authorization", OptionType::boolean, "false",
             "Also tell the service the Authorization header that signed the caller in."),
  };
  auto path_case =
      option("path_case", OptionType::text, "exact",
             "\"ignore\": rules do not tell A from a in paths, for services that do not either (ASCII only).");
  path_case.choices = "exact|ignore";
  spec.options.push_back(std::move(path_case));
  spec.lists.push_back(rules_list());
  return spec;
}

Result<Settings> settings(const OptionValues& values) {
  IdentityHeaders::Names names;
  const auto read = [&](std::string_view key, std::string& name) {
    if (values.has(key)) name = values.text(key);
    if (name == not_told) name.clear();
  };
  read("user_header", names.user);
  read("groups_header", names.groups);
  read("email_header", names.email);
  read("name_header", names.name);
  if (values.has("forward_groups")) names.forward_groups = values.list("forward_groups");
  if (auto checked = IdentityHeaders::check(names); !checked) return checked.error();
  Settings out;
  out.identity = IdentityHeaders(std::move(names));
  out.forward_authorization = values.flag("forward_authorization");
  return out;
}

}  // namespace gatehouse::http
