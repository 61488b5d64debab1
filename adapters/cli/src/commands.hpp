// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The commands, one file each. Each returns what the process exits with.
#include <string_view>

#include "arguments.hpp"

namespace gatehouse::cli {

[[nodiscard]] int serve(const Arguments& arguments);
[[nodiscard]] int check(const Arguments& arguments);
[[nodiscard]] int login(const Arguments& arguments);
[[nodiscard]] int rules_explain(const Arguments& arguments);
[[nodiscard]] int plugin_list(const Arguments& arguments);
[[nodiscard]] int plugin_describe(const Arguments& arguments);
[[nodiscard]] int plugin_check(const Arguments& arguments);
/// In the process that `plugin check` starts: reports on file descriptor report_fd.
[[nodiscard]] int plugin_check_child(const Arguments& arguments);
[[nodiscard]] int token_check(const Arguments& arguments);

/// Has a command line of its own: what stands after the word `passwd`. A password in it is overwritten.
[[nodiscard]] int passwd(int argc, char** argv);

/// Prints each line of `message` on standard error, after "gatehouse: ", as it may be shown.
void print_error(std::string_view message);

}  // namespace gatehouse::cli
