// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Sockets that the service manager opened before it started this process (sd_listen_fds(3)).
#include <string>
#include <vector>

#include <gatehouse/result.hpp>

namespace gatehouse::cli {

/// Each as an address to listen on, "fd:N".
struct PassedSockets {
  std::vector<std::string> door;          ///< FileDescriptorName=proxy, or none: then it is that of the unit
  std::vector<std::string> forward_auth;  ///< FileDescriptorName=forward_auth
  std::vector<std::string> admin;         ///< FileDescriptorName=admin
};

/// Reads LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES and removes them; nothing if they are not for this process. A name
/// that says nothing here is an error: the socket might be meant for few. Children do not inherit the sockets. Call it
/// before any other thread is there.
[[nodiscard]] Result<PassedSockets> take_passed_sockets();

}  // namespace gatehouse::cli
