// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What may be asked for on the admin socket: the one table. To add a command, add its line, and what it does.
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::cli {

/// What a command said, and whether it did what it was asked.
struct AdminReply {
  bool ok = true;
  std::string text;
};

/// Name-value pairs from the query, decoded.
using AdminParameters = std::vector<std::pair<std::string, std::string>>;

struct AdminCommand {
  std::string_view path;  ///< of POST, such as "/reload"
  std::function<AdminReply(const AdminParameters&)> run;
};

/// What the commands act on. Each is called on the admin thread, one at a time, and may block.
struct AdminActions {
  std::function<AdminReply()> reload;
  std::function<void()> flush_cache;
  std::function<std::string()> list_throttled;                     ///< a line for each
  std::function<void(const std::string& subject)> clear_throttle;  ///< empty: everybody
};

[[nodiscard]] std::vector<AdminCommand> admin_commands(AdminActions actions);

}  // namespace gatehouse::cli
