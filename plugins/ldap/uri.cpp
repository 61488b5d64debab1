// SPDX-License-Identifier: Apache-2.0
#include "uri.hpp"

#include <array>
#include <gatehouse/plugin/description.hpp>

#include "percent.hpp"
#include "server_address.hpp"
#include "text.hpp"

namespace gatehouse::ldap {
namespace {

constexpr std::size_t longest = 8192;

[[noreturn]] void refuse(const std::string& message) {
  throw plugin::ConfigError("", message);
}

std::string decoded(std::string_view text, const char* what) {
  auto out = percent_decoded(text);
  if (!out) refuse(std::string("has a broken percent escape in its ") + what);
  return *std::move(out);
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (bool more = true; more;) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    more = end != std::string_view::npos;
    if (more) text.remove_prefix(end + 1);
  }
  return parts;
}

/// `x-NAME=value` or `x-NAME` for a switch. A `!` before it says "obey or refuse", which is what happens anyhow.
std::pair<std::string, std::string> extension(std::string_view text) {
  if (text.starts_with('!')) text.remove_prefix(1);
  const std::size_t equals = text.find('=');
  const std::string name = lowered(decoded(text.substr(0, equals), "extensions"));
  if (name == "bindname" || name == "e-bindname") refuse("has the extension bindname; write x-bind_dn=...");
  if (!name.starts_with("x-") || name.size() == 2) {
    refuse("has an extension that is not x-OPTION=value; options follow the fourth ? and stand between commas");
  }
  std::string value = equals == std::string_view::npos ? "true" : decoded(text.substr(equals + 1), "extensions");
  return {name.substr(2), std::move(value)};
}

}  // namespace

std::vector<std::pair<std::string, std::string>> options_of_uri(std::string_view uri) {
  if (uri.size() > longest) refuse("is longer than 8KiB");
  if (uri.find('#') != std::string_view::npos) refuse("has a fragment (#); write %23 for a # in a name");
  const std::size_t start = uri.find("://");
  if (start == std::string_view::npos) refuse("is not scheme://HOST/BASE");
  const std::size_t end = std::min(uri.find_first_of("/?", start + 3), uri.size());
  const std::string_view authority = uri.substr(start + 3, end - (start + 3));
  if (authority.find('@') != std::string_view::npos) {
    refuse("has a user or password before its host; write x-bind_dn=... and x-bind_password_file=...");
  }

  std::vector<std::pair<std::string, std::string>> options;
  std::string fault;
  if (!authority.empty() || lowered(uri.substr(0, start)) == "ldapi") {
    const auto service = read_service_domain(uri.substr(0, end));
    const auto server = service ? std::nullopt : read_server(uri.substr(0, end), fault);
    if (!service && !server) refuse(fault);
    options.emplace_back("uri", service ? service->uri() : server->uri());
  }
  std::string_view rest = uri.substr(end);
  if (rest.starts_with('/')) rest.remove_prefix(1);
  const auto parts = split(rest, '?');
  if (parts.size() > 5) refuse("has more than four ?; write %3F for a ? in a value");
  if (!parts[0].empty()) options.emplace_back("base", decoded(parts[0], "base"));
  if (parts.size() > 1 && !parts[1].empty()) {
    for (const std::string_view name : split(parts[1], ',')) {
      std::string attribute = decoded(name, "attributes");
      if (!is_attribute_name(attribute)) {
        refuse("has an attribute that is no name; the order is base?attributes?scope?filter?x-OPTION=value");
      }
      options.emplace_back("user_attributes", std::move(attribute));
    }
  }
  if (parts.size() > 2 && !parts[2].empty()) options.emplace_back("scope", lowered(decoded(parts[2], "scope")));
  if (parts.size() > 3 && !parts[3].empty()) options.emplace_back("filter", decoded(parts[3], "filter"));
  if (parts.size() > 4 && !parts[4].empty()) {
    for (const std::string_view item : split(parts[4], ',')) {
      auto option = extension(item);
      for (const char* own : {"base", "scope", "filter"}) {
        if (option.first == own) refuse("gives " + option.first + " as an extension; it has its own place in the URI");
      }
      options.push_back(std::move(option));
    }
  }
  return options;
}

}  // namespace gatehouse::ldap
