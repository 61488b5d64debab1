// SPDX-License-Identifier: Apache-2.0
// gatehouse plugin describe: what a plugin says of itself, for people or for a page of documentation.
#include <unistd.h>

#include <gatehouse/plugin_info.hpp>
#include <iostream>

#include "commands.hpp"
#include "exit_codes.hpp"
#include "option_text.hpp"
#include "plugin_folders.hpp"
#include "terminal.hpp"

namespace gatehouse::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + printable(word);
  return text.empty() ? "none" : text;
}

std::string credentials_of(const PluginInfo& plugin) {
  std::vector<std::string> kinds;
  const auto takes = [&](CredentialKind kind) {
    return (plugin.credentials & static_cast<CredentialKinds>(kind)) != 0;
  };
  if (takes(CredentialKind::password)) kinds.emplace_back("password");
  if (takes(CredentialKind::bearer)) kinds.emplace_back("bearer token");
  if (takes(CredentialKind::response)) kinds.emplace_back("response to a challenge");
  return joined(kinds);
}

std::string work_of(const PluginInfo& plugin) {
  std::vector<std::string> kinds;
  if (plugin.cpu) kinds.emplace_back("computes");
  if (plugin.network) kinds.emplace_back("waits for a network");
  if (plugin.background) kinds.emplace_back("works between requests");
  return joined(kinds);
}

/// How a backend is written as a URI.
std::string uri_of(const PluginInfo& plugin) {
  if (plugin.reads_uris) return "its own form; schemes: " + joined(plugin.schemes);
  if (plugin.uri_option.empty()) return "none; write a configuration file";
  const std::string scheme = plugin.schemes.empty() ? plugin.id : plugin.schemes.front();
  return scheme + ":" + upper(plugin.uri_option) + "?OPTION=VALUE&...";
}

void print_text(const PluginInfo& plugin, bool coloured) {
  std::cout << paint(plugin.id + " " + printable(plugin.version), Colour::bold, coloured) << ": "
            << printable(plugin.summary) << "\n\n";
  std::cout << "library      " << printable(plugin.library) << '\n';
  if (!plugin.manifest.empty()) std::cout << "manifest     " << printable(plugin.manifest) << '\n';
  std::cout << "credentials  " << credentials_of(plugin) << '\n'
            << "attributes   " << joined(plugin.attributes) << '\n'
            << "calls        " << work_of(plugin) << '\n'
            << "URI          " << uri_of(plugin) << '\n';
  std::cout << '\n' << paint("Options", Colour::bold, coloured) << (plugin.options.empty() ? ": none\n" : "\n");
  for (const OptionSpec& option : plugin.options) {
    std::cout << "  " << paint(key_of(option), Colour::bold, coloured) << "  " << type_text(option);
    if (option.required) std::cout << ", required";
    if (!option.default_value.empty()) std::cout << ", default " << printable(option.default_value);
    std::cout << "\n      " << printable(option.help) << '\n';
  }
  std::cout.flush();
}

void print_markdown(const PluginInfo& plugin) {
  std::cout << printable(plugin.summary) << "\n\n";
  if (!plugin.uri_option.empty() && !plugin.reads_uris) std::cout << "As a URI: `" << uri_of(plugin) << "`\n\n";
  std::cout << "| key | value | default | meaning |\n| --- | --- | --- | --- |\n";
  for (const OptionSpec& option : plugin.options) {
    const std::string given = option.required                ? "required"
                              : option.default_value.empty() ? ""
                                                             : "`" + table_cell(option.default_value) + "`";
    std::cout << "| `" << key_of(option) << "` | " << table_cell(type_text(option)) << " | " << given << " | "
              << table_cell(option.help) << " |\n";
  }
  std::cout.flush();
}

}  // namespace

int plugin_describe(const Arguments& arguments) {
  auto plugin = describe_plugin(plugin_name(arguments.plugin), plugin_folders(arguments.plugin_dirs));
  if (!plugin) {
    print_error(plugin.error().message);
    return exit_usage;
  }
  if (arguments.markdown) {
    print_markdown(*plugin);
  } else {
    print_text(*plugin, colours(STDOUT_FILENO));
  }
  return exit_ok;
}

}  // namespace gatehouse::cli
