// SPDX-License-Identifier: Apache-2.0
// gatehouse check: loads the configuration as serve does, and ends where serve would start threads.
#include <unistd.h>

#include <gatehouse/runtime.hpp>
#include <iostream>

#include "commands.hpp"
#include "exit_codes.hpp"
#include "source.hpp"
#include "terminal.hpp"

namespace gatehouse::cli {
namespace {

void print_realms(const Config& config) {
  for (const std::string& name : config.realm_names()) {
    auto realm = config.realm(name);
    if (!realm) continue;
    std::cout << "realm " << printable(name) << ":";
    const char* separator = " ";
    for (const std::string& backend : realm->chain()) {
      std::cout << separator << printable(backend);
      separator = ", ";
    }
    std::cout << '\n';
  }
}

}  // namespace

int check(const Arguments& arguments) {
  auto runtime = Runtime::open(runtime_options(arguments));
  if (!runtime) {
    print_error(runtime.error().message);
    return exit_usage;
  }
  auto config = runtime->load(config_source(arguments));
  if (!config) {
    print_error(config.error().message);
    return exit_usage;
  }
  if (auto sections = check_sections(*config, arguments); !sections) {
    print_error(sections.error().message);
    return exit_usage;
  }
  print_realms(*config);
  std::cout << paint("OK", Colour::green, colours(STDOUT_FILENO)) << std::endl;
  return exit_ok;
}

}  // namespace gatehouse::cli
