// SPDX-License-Identifier: Apache-2.0
#include "settings.hpp"

#include <algorithm>
#include <array>
#include <gatehouse/plugin/description.hpp>
#include <string_view>

#include "dn.hpp"
#include "filter.hpp"
#include "text.hpp"
#include "tls_files.hpp"

namespace gatehouse::ldap {
namespace {

using plugin::ConfigError;
using plugin::Options;

/// The option's text, or the preset's.
std::string text_or(const Options& options, const char* name, const std::string& preset) {
  return options.has(name) ? std::string(options.text(name)) : preset;
}

/// The same for the name of an attribute; "none" switches off.
std::string attribute_or(const Options& options, const char* name, const std::string& preset) {
  std::string attribute = text_or(options, name, preset);
  if (attribute == "none") return {};
  if (!attribute.empty() && !is_attribute_name(attribute)) {
    throw ConfigError(name, "is not the name of an attribute, such as uid");
  }
  return attribute;
}

std::vector<std::string> attributes_or(const Options& options, const char* name, std::vector<std::string> preset) {
  if (!options.has(name)) return preset;
  std::vector<std::string> all;
  for (const std::string_view attribute : options.list(name)) {
    if (!is_attribute_name(attribute)) throw ConfigError(name, "holds what is not the name of an attribute");
    all.emplace_back(attribute);
  }
  return all;
}

std::string filter_or(const Options& options, const char* name, const std::string& preset) {
  std::string filter = text_or(options, name, preset);
  if (filter.empty()) return filter;
  if (const std::string fault = filter_fault(filter); !fault.empty()) throw ConfigError(name, fault);
  return filter;
}

std::string dn_text(const Options& options, const char* name) {
  std::string dn(options.text(name));
  if (!dn.empty() && !dn_key(dn)) {
    throw ConfigError(name, "is not a distinguished name, such as ou=people,dc=example,dc=org");
  }
  return dn;
}

void read_servers(const Options& options, Settings& settings) {
  const auto texts = options.list("uri");
  if (texts.empty()) throw ConfigError("uri", "names no server; write ldaps://HOST");
  if (texts.size() > 16) throw ConfigError("uri", "names more than 16 servers");
  settings.service = read_service_domain(texts.front());
  if (settings.service && texts.size() == 1) return;
  for (const std::string_view text : texts) {
    if (read_service_domain(text)) throw ConfigError("uri", "has " + std::string(text) + ", which must stand alone");
    std::string fault;
    auto server = read_server(text, fault);
    if (!server) throw ConfigError("uri", "\"" + std::string(text) + "\" " + fault);
    if (std::find(settings.servers.begin(), settings.servers.end(), *server) != settings.servers.end()) {
      throw ConfigError("uri", "names " + server->uri() + " twice");
    }
    settings.servers.push_back(*std::move(server));
  }
}

void read_transport(const Options& options, Settings& settings) {
  Transport& transport = settings.transport;
  transport.start_tls = options.flag("start_tls");
  transport.ca_file = options.text("ca_file");
  transport.tls_cert = options.text("tls_cert");
  transport.tls_key = options.text("tls_key");
  const auto with_tls = [](Scheme scheme) { return scheme == Scheme::ldaps; };
  transport.tls = transport.start_tls || (settings.service && with_tls(settings.service->scheme));
  bool plain_afar = settings.service && !with_tls(settings.service->scheme) && !transport.start_tls;
  if (transport.start_tls && settings.service && with_tls(settings.service->scheme)) {
    throw ConfigError("start_tls", "is for ldap+srv:// only");
  }
  for (const ServerAddress& server : settings.servers) {
    transport.tls = transport.tls || with_tls(server.scheme);
    plain_afar = plain_afar || (server.scheme == Scheme::ldap && !server.is_local() && !transport.start_tls);
    if (transport.start_tls && server.scheme != Scheme::ldap) {
      throw ConfigError("start_tls", "is for ldap:// only; " + server.uri() + " has no use for it");
    }
  }
  if (plain_afar && !options.flag("allow_plaintext")) {
    throw ConfigError(
        "uri",
        "would send passwords over the network in clear; write ldaps://, or start_tls = true, or, if that "
        "network is safe, allow_plaintext = true");
  }
  if (transport.tls_cert.empty() != transport.tls_key.empty()) {
    throw ConfigError("tls_cert", "and tls_key go together");
  }
}

void read_service(const Options& options, Settings& settings) {
  settings.bind_dn = options.text("bind_dn");  // Active Directory also takes user@domain
  settings.bind_password = Secret(options.text("bind_password"));
  const bool external = options.text("bind") == "external";
  if (external) {
    if (!settings.bind_dn.empty() || options.has("bind_password")) {
      throw ConfigError("bind", "external takes neither bind_dn nor bind_password_file");
    }
    const bool socket = !settings.servers.empty() && settings.servers.front().scheme == Scheme::ldapi;
    if (!socket && settings.transport.tls_cert.empty()) {
      throw ConfigError("bind", "external needs ldapi:// or a client certificate (tls_cert, tls_key)");
    }
    settings.service_login = ServiceLogin::external;
  } else if (!settings.bind_dn.empty()) {
    if (settings.bind_password.empty()) {
      throw ConfigError("bind_password",
                        "is missing or empty: a server takes such a login as anonymous; add the line: "
                        "bind_password_file = \"/path\"");
    }
    settings.service_login = ServiceLogin::simple;
  } else if (options.has("bind_password")) {
    throw ConfigError("bind_dn", "is missing: bind_password_file has the password of whom?");
  }

  for (const std::string_view text : options.list("user_dn")) {
    std::string fault;
    auto made = BindTemplate::read(text, fault);
    if (!made) throw ConfigError("user_dn", "\"" + std::string(text) + "\" " + fault);
    if (!made->is_dn() && settings.base.empty()) {
      throw ConfigError("base", "is missing: who binds as user@domain is searched for below it");
    }
    settings.bind_templates.push_back(*std::move(made));
  }
  if (settings.bind_templates.size() > 8) throw ConfigError("user_dn", "holds more than eight templates");
  if (settings.bind_templates.empty() && settings.base.empty()) {
    throw ConfigError("base", "is missing; add base = \"ou=people,dc=example,dc=org\", where the users are");
  }
  settings.unicode_names = options.flag("allow_unicode_names");
  if (settings.unicode_names && settings.bind_templates.empty()) {
    throw ConfigError("allow_unicode_names", "is for user_dn; where users are searched, all names are taken");
  }
  settings.search_as_user =
      options.text("search_as") == "user" || (!options.has("search_as") && !settings.bind_templates.empty() &&
                                              settings.service_login == ServiceLogin::anonymous);
  if (settings.search_as_user && settings.bind_templates.empty()) {
    throw ConfigError("search_as", "user needs user_dn: without it, somebody else must find the user first");
  }
}

void read_groups(const Options& options, const Preset& preset, Settings& settings) {
  GroupRules& groups = settings.groups;
  groups.member_of_attribute = attribute_or(options, "member_of_attribute", preset.member_of_attribute);
  groups.base = dn_text(options, "group_base");
  groups.base_key = dn_key(groups.base).value_or("");
  if (groups.base.empty()) groups.parents_key = dn_key(preset.group_parents).value_or("");
  groups.attributes = attributes_or(options, "group_attributes", preset.group_attributes);
  groups.filter = filter_or(options, "group_filter", preset.group_filter);
  groups.name_attribute = attribute_or(options, "group_name_attribute", preset.group_name_attribute);
  if (groups.name_attribute.empty()) groups.name_attribute = "cn";
  const std::string_view nested = options.text("nested_groups");
  groups.nesting = nested == "walk" ? Nesting::walk : nested == "in_chain" ? Nesting::in_chain : Nesting::off;
  groups.deepest = static_cast<std::size_t>(options.integer("max_group_depth"));
  groups.most = static_cast<std::size_t>(options.integer("max_groups"));
  if (!groups.base.empty() && groups.attributes.empty()) {
    throw ConfigError("group_attributes", "is missing: which attribute of a group holds its members?");
  }
  if (groups.nesting != Nesting::off && groups.base.empty()) {
    throw ConfigError("group_base", "is missing: nested_groups searches for groups below it");
  }
  for (const std::string_view name : options.list("required_groups")) {
    RequiredGroup required{std::string(name), {}};
    if (name.find('=') != std::string_view::npos) {
      required.dn_key = dn_key(name).value_or("");
      if (required.dn_key.empty()) {
        throw ConfigError("required_groups", "has \"" + required.name + "\", which is no distinguished name");
      }
    }
    settings.required_groups.push_back(std::move(required));
  }
  if (!settings.required_groups.empty() && groups.base.empty() && groups.member_of_attribute.empty()) {
    throw ConfigError("required_groups", "needs groups; add group_base or member_of_attribute");
  }
}

void read_identity(const Options& options, const Preset& preset, Settings& settings) {
  settings.names.user_attributes = attributes_or(options, "user_attributes", preset.user_attributes);
  if (settings.names.user_attributes.empty()) {
    throw ConfigError("user_attributes", "is missing: which attribute holds the name that users type?");
  }
  settings.subject_attribute = attribute_or(options, "subject_attribute",
                                            preset.subject_attribute.empty() || options.has("user_attributes")
                                                ? settings.names.user_attributes.front()
                                                : preset.subject_attribute);
  if (settings.subject_attribute.empty()) throw ConfigError("subject_attribute", "cannot be none");
  const auto map = [&](const char* name, const std::string& attribute) {
    if (!attribute.empty()) settings.attributes.emplace_back(name, attribute);
  };
  map("email", attribute_or(options, "email_attribute", preset.email_attribute));
  map("name", attribute_or(options, "name_attribute", preset.name_attribute));
  for (const std::string_view text : options.list("attributes")) {
    const std::size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    const std::string_view attribute = equals == std::string_view::npos ? name : text.substr(equals + 1);
    if (!is_attribute_name(name) || !is_attribute_name(attribute)) {
      throw ConfigError("attributes", "holds what is neither an attribute nor NAME=ATTRIBUTE, such as phone=mobile");
    }
    map(std::string(name).c_str(), std::string(attribute));
  }
}

}  // namespace

Settings settings_from(const Options& options) {
  const Implementation implementation =
      implementation_of(options.text("implementation")).value_or(Implementation::custom);
  const Preset preset = preset_of(implementation);
  Settings settings;
  settings.base = dn_text(options, "base");
  const std::string_view scope = options.text("scope");
  settings.scope = scope == "base" ? Scope::base : scope == "one" ? Scope::one : Scope::subtree;
  settings.user_filter = filter_or(options, "filter", preset.user_filter);
  settings.names.windows_forms = implementation == Implementation::activedirectory;
  settings.names.account_attribute = "sAMAccountName";
  settings.names.domain = options.text("domain");
  settings.names.netbios_domain = options.text("netbios_domain");
  read_servers(options, settings);
  read_transport(options, settings);
  read_service(options, settings);
  read_identity(options, preset, settings);
  read_groups(options, preset, settings);
  settings.connect_timeout = options.duration("connect_timeout");
  settings.operation_timeout = options.duration("operation_timeout");
  settings.idle_timeout = options.duration("idle_timeout");
  settings.max_age = options.duration("max_age");
  settings.cool_down = options.duration("cool_down");
  settings.max_connections = static_cast<std::size_t>(options.integer("max_connections"));
  check_tls_files(settings.transport);
  return settings;
}

}  // namespace gatehouse::ldap
