// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Asks a running `gatehouse serve` to do something, over its admin socket.
#include <string>

namespace gatehouse::cli {

/// Where it is asked if nothing else is said: what the systemd unit makes.
inline constexpr const char* usual_admin_socket = "unix:/run/gatehouse/admin";

/// POSTs `target` to `address`, which is unix:PATH; prints what it says. Exits with 0 if it was done, 1 if not, 2 if
/// nobody could be asked.
[[nodiscard]] int admin_command(const std::string& address, const std::string& target);

}  // namespace gatehouse::cli
