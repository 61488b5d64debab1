// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <iostream>

#include "commands.hpp"
#include "terminal.hpp"

namespace gatehouse::cli {

void print_error(std::string_view message) {
  const std::string head = paint("gatehouse:", Colour::red, colours(STDERR_FILENO)) + " ";
  while (!message.empty()) {
    const std::size_t end = message.find('\n');
    std::cerr << head << printable(message.substr(0, end)) << '\n';
    message.remove_prefix(end == std::string_view::npos ? message.size() : end + 1);
  }
  std::cerr.flush();
}

}  // namespace gatehouse::cli
