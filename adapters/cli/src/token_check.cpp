// SPDX-License-Identifier: Apache-2.0
// gatehouse token check: one token against one file of keys, offline.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <gatehouse/token_check.hpp>
#include <iostream>
#include <iterator>
#include <optional>

#include "commands.hpp"
#include "exit_codes.hpp"
#include "plugin_folders.hpp"
#include "terminal.hpp"

namespace gatehouse::cli {
namespace {

constexpr std::size_t longest_keys = 1'048'576;
constexpr std::size_t longest_token = 65'536;  // more than any gate takes: the plugin shall say that it is too long

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(longest_keys + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof()) || !file.is_open()) return std::nullopt;
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > longest_keys) return std::nullopt;
  return text;
}

/// The first line of standard input. Nothing of it is shown.
std::string token_from_stdin() {
  std::string token;
  std::array<char, 4096> piece;
  while (token.size() <= longest_token) {
    const ssize_t got = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    token.append(piece.data(), static_cast<std::size_t>(got));
    if (token.find('\n') != std::string::npos) break;
  }
  token.resize(std::min(token.find('\n'), token.size()));
  if (token.ends_with('\r')) token.pop_back();
  return token;
}

}  // namespace

int token_check(const Arguments& arguments) {
  const auto keys = read_file(arguments.keys);
  if (!keys) {
    print_error(arguments.keys + ": cannot be read, or is larger than 1 MiB");
    return exit_usage;
  }
  const std::string token = arguments.token == "-" ? token_from_stdin() : arguments.token;
  const auto answer = check_token(plugin_name(arguments.plugin), plugin_folders(arguments.plugin_dirs),
                                  {.token = token,
                                   .keys = *keys,
                                   .issuer = arguments.issuer,
                                   .audience = arguments.audience,
                                   .signature_only = arguments.signature_only});
  if (!answer) {
    print_error(answer.error().message);
    return exit_usage;
  }
  const bool coloured = colours(STDOUT_FILENO);
  std::cout << paint(answer->accepted ? "accepted" : "refused", answer->accepted ? Colour::green : Colour::red,
                     coloured)
            << ": " << printable(answer->why) << std::endl;
  return answer->accepted ? exit_ok : exit_failed;
}

}  // namespace gatehouse::cli
