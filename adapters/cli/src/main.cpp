// SPDX-License-Identifier: Apache-2.0
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include "admin_client.hpp"
#include "admin_query.hpp"
#include "arguments.hpp"
#include "commands.hpp"
#include "exit_codes.hpp"

namespace {

int admin_command(const gatehouse::cli::Arguments& arguments, const std::string& target) {
  return gatehouse::cli::admin_command(arguments.admin.empty() ? gatehouse::cli::usual_admin_socket : arguments.admin,
                                       target);
}

int run(int argc, char** argv) {
  using gatehouse::cli::Command;
  if (argc > 1 && std::string_view(argv[1]) == "passwd") return gatehouse::cli::passwd(argc - 2, argv + 2);
  const gatehouse::cli::Parsed parsed = gatehouse::cli::parse(argc, argv);
  if (parsed.exit) {
    std::cout << parsed.output << std::flush;
    gatehouse::cli::print_error(parsed.error);
    return *parsed.exit;
  }
  switch (parsed.arguments.command) {
    case Command::serve:
      return gatehouse::cli::serve(parsed.arguments);
    case Command::check:
      return gatehouse::cli::check(parsed.arguments);
    case Command::login:
      return gatehouse::cli::login(parsed.arguments);
    case Command::plugin_list:
      return gatehouse::cli::plugin_list(parsed.arguments);
    case Command::plugin_describe:
      return gatehouse::cli::plugin_describe(parsed.arguments);
    case Command::plugin_check:
      return gatehouse::cli::plugin_check(parsed.arguments);
    case Command::plugin_check_child:
      return gatehouse::cli::plugin_check_child(parsed.arguments);
    case Command::token_check:
      return gatehouse::cli::token_check(parsed.arguments);
    case Command::cache_flush:
      return admin_command(parsed.arguments, "/cache/flush");
    case Command::throttle_list:
      return admin_command(parsed.arguments, "/throttle/list");
    case Command::throttle_clear:
      return admin_command(parsed.arguments,
                           "/throttle/clear?subject=" + gatehouse::cli::query_escape(parsed.arguments.user));
    case Command::none:
      break;
  }
  return gatehouse::cli::exit_usage;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    gatehouse::cli::print_error(e.what());
    return gatehouse::cli::exit_usage;
  }
}
