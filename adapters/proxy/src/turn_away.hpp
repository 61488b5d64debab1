// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What is said to connections that are not served, before they are closed.
#include <string_view>

#include "door.hpp"
#include "hub.hpp"
#include "net.hpp"

namespace gatehouse::proxy {

/// Writes an answer as far as that does not wait. The socket has no TLS.
void turn_away(Socket& socket, int status, std::string_view message);

/// For whom there is no place: 503, unless it expects TLS; and a line in the log.
void refuse_full(Hub& hub, const Door& door, Socket& socket, Role role);

}  // namespace gatehouse::proxy
