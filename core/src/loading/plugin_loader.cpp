// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <string_view>

#include "boundary/str.hpp"
#include "config/file_safety.hpp"
#include "loading/plugin.hpp"
#include "loading/plugin_library.hpp"
#include "text/utf8.hpp"

namespace gatehouse::detail {
namespace {

constexpr std::size_t max_options = 256;
constexpr std::size_t max_text = 4096;

bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= 32 && id[0] >= 'a' && id[0] <= 'z' &&
         std::all_of(id.begin(), id.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool is_option_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name[0] >= 'a' && name[0] <= 'z' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

bool is_text(const gatehouse_str& text) {
  if (text.size > max_text || (text.size > 0 && text.data == nullptr)) return false;
  return text::is_utf8(view(text)) && !text::has_control(view(text));
}

/// What is wrong with the head of the description, in the order that lets each check trust the ones before.
std::optional<std::string> check_head(const gatehouse_plugin& d) {
  const auto number = [](std::uint64_t n) { return std::to_string(n); };
  if (d.abi_major != GATEHOUSE_ABI_MAJOR) {
    return "speaks major version " + number(d.abi_major) + " of the plugin boundary, this host speaks " +
           number(GATEHOUSE_ABI_MAJOR);
  }
  if (d.abi_minor > GATEHOUSE_ABI_MINOR) {
    return "needs minor version " + number(d.abi_minor) + " of the plugin boundary, this host has " +
           number(GATEHOUSE_ABI_MINOR) + "; upgrade Gatehouse";
  }
  if (d.struct_size != sizeof(gatehouse_plugin)) {
    return "describes itself in " + number(d.struct_size) + " bytes, this host expects " +
           number(sizeof(gatehouse_plugin)) + "; it was built with a broken header";
  }
  const auto missing = [](const char* function) { return std::string("lacks the required function ") + function; };
  if (d.create == nullptr) return missing("create");
  if (d.authenticate == nullptr) return missing("authenticate");
  if (d.destroy == nullptr) return missing("destroy");
  return std::nullopt;
}

std::optional<std::string> check_words(const gatehouse_plugin& d, const std::string& expected_id) {
  constexpr std::uint32_t kinds =
      GATEHOUSE_CREDENTIAL_PASSWORD | GATEHOUSE_CREDENTIAL_BEARER | GATEHOUSE_CREDENTIAL_RESPONSE;
  if (!is_text(d.id) || !is_id(view(d.id))) return "has an id that is not [a-z][a-z0-9-]* of at most 32 characters";
  if (!expected_id.empty() && view(d.id) != expected_id) {
    return "calls itself \"" + std::string(view(d.id)) + "\", its manifest says \"" + expected_id + "\"";
  }
  if (!is_text(d.version) || d.version.size == 0) return "has no version";
  if (!is_text(d.summary)) return "has a summary that is not text";
  if ((d.credentials & kinds) == 0 || (d.credentials & ~kinds) != 0) {
    return "takes no credential that this host knows (mask " + std::to_string(d.credentials) + ")";
  }
  if (d.option_count > max_options || (d.option_count > 0 && d.options == nullptr)) {
    return "has a broken list of options";
  }
  if (d.attribute_count > max_options || (d.attribute_count > 0 && d.attributes == nullptr)) {
    return "has a broken list of attributes";
  }
  return std::nullopt;
}

std::optional<std::string> add_option(Plugin& plugin, const gatehouse_option& option) {
  if (option.struct_size != sizeof(gatehouse_option)) {
    return "describes an option in " + std::to_string(option.struct_size) + " bytes, this host expects " +
           std::to_string(sizeof(gatehouse_option));
  }
  if (!is_text(option.name) || !is_option_name(view(option.name))) {
    return "has an option whose name is not [a-z][a-z0-9_]*";
  }
  const std::string name(view(option.name));
  if (option.type < GATEHOUSE_OPTION_TEXT || option.type > GATEHOUSE_OPTION_PATH) {
    return "option " + name + " has the unknown type " + std::to_string(option.type);
  }
  if (!is_text(option.default_value) || !is_text(option.choices) || !is_text(option.help)) {
    return "option " + name + " has a description that is not text";
  }
  const bool secret = (option.flags & GATEHOUSE_OPTION_SECRET) != 0;
  if (secret && option.type != GATEHOUSE_OPTION_TEXT) return "option " + name + " is secret and not a text";
  for (const OptionSpec& other : plugin.options) {
    if (other.name == name) return "describes option " + name + " twice";
  }
  plugin.options.push_back({.name = name,
                            .type = static_cast<OptionType>(option.type),
                            .required = (option.flags & GATEHOUSE_OPTION_REQUIRED) != 0,
                            .secret = secret,
                            .default_value = std::string(view(option.default_value)),
                            .choices = std::string(view(option.choices)),
                            .help = std::string(view(option.help)),
                            .minimum = option.minimum,
                            .maximum = option.maximum});
  return std::nullopt;
}

std::optional<std::string> fill(Plugin& plugin, const gatehouse_plugin& d) {
  plugin.description = &d;
  plugin.create = d.create;
  plugin.id = view(d.id);
  plugin.version = view(d.version);
  plugin.summary = view(d.summary);
  plugin.credentials = d.credentials;
  plugin.cpu = (d.traits & GATEHOUSE_TRAIT_CPU) != 0;
  plugin.network = (d.traits & GATEHOUSE_TRAIT_NETWORK) != 0;
  for (std::size_t i = 0; i < d.option_count; ++i) {
    if (auto wrong = add_option(plugin, d.options[i])) return wrong;
  }
  for (std::size_t i = 0; i < d.attribute_count; ++i) {
    if (!is_text(d.attributes[i]) || d.attributes[i].size == 0) return "has an attribute without a name";
    plugin.attributes.emplace_back(view(d.attributes[i]));
  }
  if (!is_text(d.uri_option)) return "has a URI option that is not text";
  plugin.uri_option = view(d.uri_option);
  const auto named = [&](const OptionSpec& spec) { return spec.name == plugin.uri_option; };
  if (!plugin.uri_option.empty() && std::none_of(plugin.options.begin(), plugin.options.end(), named)) {
    return "names the URI option " + plugin.uri_option + " that it does not have";
  }
  if (d.get_extension != nullptr) {
    plugin.background = static_cast<const gatehouse_background*>(d.get_extension(as_str(GATEHOUSE_EXT_BACKGROUND)));
    plugin.credentials_of =
        static_cast<const gatehouse_credentials*>(d.get_extension(as_str(GATEHOUSE_EXT_CREDENTIALS)));
    plugin.token_check = static_cast<const gatehouse_token_check*>(d.get_extension(as_str(GATEHOUSE_EXT_TOKEN_CHECK)));
    plugin.budget = static_cast<const gatehouse_budget*>(d.get_extension(as_str(GATEHOUSE_EXT_BUDGET)));
    const auto* uri = static_cast<const gatehouse_uri*>(d.get_extension(as_str(GATEHOUSE_EXT_URI)));
    if (uri != nullptr && uri->parse == nullptr) return "has extension " GATEHOUSE_EXT_URI " without parse";
    if (uri != nullptr) plugin.read_uri = uri->parse;
  }
  if (plugin.background != nullptr && plugin.background->run == nullptr) {
    return "has extension " GATEHOUSE_EXT_BACKGROUND " without run";
  }
  if (plugin.budget != nullptr && plugin.budget->list == nullptr) {
    return "has extension " GATEHOUSE_EXT_BUDGET " without list";
  }
  if (plugin.credentials_of != nullptr && plugin.credentials_of->taken_by == nullptr) {
    return "has extension " GATEHOUSE_EXT_CREDENTIALS " without taken_by";
  }
  if (plugin.token_check != nullptr && plugin.token_check->check == nullptr) {
    return "has extension " GATEHOUSE_EXT_TOKEN_CHECK " without check";
  }
  return std::nullopt;
}

}  // namespace

Result<Plugin> read_description(const gatehouse_plugin& description, const std::string& path,
                                const std::string& expected_id) {
  Plugin plugin;
  plugin.path = path;
  auto wrong = check_head(description);
  if (!wrong) wrong = check_words(description, expected_id);
  if (!wrong) wrong = fill(plugin, description);
  if (wrong) return Error{path + ": " + *wrong};
  return plugin;
}

Result<std::shared_ptr<const Plugin>> load_plugin(const std::string& path, const std::string& expected_id) {
  if (path.empty() || path[0] != '/') return Error{path + ": a plugin is given by its name or by an absolute path"};
  if (auto trusted = config::check_trusted_path(path); !trusted) return trusted.error();
  auto entry = open_plugin_library(path);
  if (!entry) return entry.error();
  try {
    const gatehouse_plugin* description = (*entry)();
    if (description == nullptr) return Error{path + ": " GATEHOUSE_PLUGIN_SYMBOL " returned nothing"};
    auto plugin = read_description(*description, path, expected_id);
    if (!plugin) return plugin.error();
    return std::shared_ptr<const Plugin>(std::make_shared<Plugin>(*std::move(plugin)));
  } catch (...) {
    return Error{path + ": " GATEHOUSE_PLUGIN_SYMBOL " threw an exception"};
  }
}

}  // namespace gatehouse::detail
