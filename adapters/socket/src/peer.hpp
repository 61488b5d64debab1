// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <optional>

namespace gatehouse::auth_socket {

/// Who is at the other end of a connected socket, as the kernel saw it connect.
[[nodiscard]] std::optional<uid_t> peer_of(int fd) noexcept;

}  // namespace gatehouse::auth_socket
